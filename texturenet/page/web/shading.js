// The shaders of a material: the light of texturenet's lit pictures, in GLSL.
//
// Lambert's diffuse and GGX (Karis 2013, "Real Shading in Unreal Engine 4"; facets by Walter et al.
// 2007, equation 33; Smith's visibility exact, Heitz 2014, equation 99), under one lamp and a sky
// (Karis 2014). The same formulas and numbers as materials/shading.py; a test compares the pixels.

export const LIGHT = [135, 50]; // azimuth (0 right, 90 top) and elevation of the lamp, degrees

export const VERTEX = `#version 300 es
uniform vec4 box;  // left, top, right, bottom in clip space
uniform vec4 part; // the same of the textures
out vec2 at;
void main() {
  vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1);
  at = mix(part.xy, part.zw, corner);
  gl_Position = vec4(mix(box.xy, box.zw, corner), 0, 1);
}`;

const LIT = `#version 300 es
precision highp float;
uniform sampler2D colours, others; // colour and roughness; slope-free normal x and y, height, occlusion
uniform sampler2D metals;
uniform vec3 lamp;
uniform float alpha;
uniform int view;
in vec2 at;
out vec4 shown;
const float PI = 3.14159265358979, LAMP = 1.0, FACING = 0.04, ROUGHEST = 0.03, BACKGROUND = 0.18;
const vec3 ABOVE = vec3(0.42, 0.45, 0.5), BELOW = vec3(0.13, 0.12, 0.11);

vec3 linear(vec3 c) { return mix(pow((c + 0.055) / 1.055, vec3(2.4)), c / 12.92, lessThanEqual(c, vec3(0.04045))); }
vec3 display(vec3 radiance) {
  vec3 over = max(radiance - 0.8, 0.0);
  vec3 soft = mix(0.8 + 0.2 * over / (over + 0.2), radiance, lessThan(radiance, vec3(0.8)));
  vec3 curve = 1.055 * pow(max(soft, 1e-9), vec3(1.0 / 2.4)) - 0.055;
  return clamp(mix(curve, 12.92 * soft, lessThanEqual(soft, vec3(0.0031308))), 0.0, 1.0);
}
vec3 sky(vec3 direction, float sharpness) {
  float height = (0.6 * direction.y + 0.8 * direction.z) * sharpness;
  return BELOW + (ABOVE - BELOW) * (0.5 + 0.5 * clamp(height, -1.0, 1.0));
}
vec3 ambient(vec3 normal, vec3 eye, float n_v, vec3 diffuse, vec3 facing, float a) {
  float rough = sqrt(a), x = 1.0 - rough, y = 0.0425 - 0.0275 * rough;
  float z = 1.04 - 0.572 * rough, w = -0.04 + 0.022 * rough;
  float fit = min(x * x, exp2(-9.28 * n_v)) * x + y;
  vec3 reflectance = min(facing * (-1.04 * fit + z) + max(1.04 * fit + w, 0.0), 1.0);
  vec3 mirrored = 2.0 * n_v * normal - eye;
  vec3 reflected = sky(mix(mirrored, normal, min(a, 1.0)), 1.0 - 0.5 * rough);
  return (1.0 - reflectance) * diffuse * sky(normal, 0.5) + reflectance * reflected;
}
vec3 shaded(vec2 place, vec3 own, vec3 normal, vec3 eye, float seen) {
  vec4 c = texture(colours, place), o = texture(others, place);
  float metallic = texture(metals, place).r, rough = max(c.a, ROUGHEST), a = rough * rough, s = a * a;
  vec3 base = linear(c.rgb), diffuse = base * (1.0 - metallic), facing = FACING * (1.0 - metallic) + base * metallic;
  float n_l = max(dot(normal, lamp), 0.0), n_v = max(dot(normal, eye), 1e-3);
  vec3 halfway = normalize(lamp + eye);
  float n_h = clamp(dot(normal, halfway), 0.0, 1.0), v_h = clamp(dot(eye, halfway), 0.0, 1.0);
  vec3 fresnel = facing + (1.0 - facing) * pow(1.0 - v_h, 5.0);
  float d = n_h * n_h * (s - 1.0) + 1.0, facets = s / (PI * d * d);
  float masked = n_v * sqrt(n_l * n_l * (1.0 - s) + s) + n_l * sqrt(n_v * n_v * (1.0 - s) + s);
  vec3 specular = facets * (0.5 / max(masked, 1e-4)) * fresnel;
  vec3 key = LAMP * n_l * seen * (diffuse * (1.0 - fresnel) + PI * specular);
  return key + o.a * ambient(normal, eye, n_v, diffuse, facing, a);
}
vec3 normalAt(vec2 place) {
  vec2 xy = texture(others, place).xy;
  return normalize(vec3(xy, sqrt(max(1.0 - dot(xy, xy), 0.0))));
}
`;

export const PLANE = `${LIT}
void main() {
  vec4 c = texture(colours, at), o = texture(others, at);
  vec3 normal = normalAt(at), up = vec3(0, 0, 1);
  vec3 rgb = view == 0 ? display(shaded(at, normal, normal, up, 1.0))
    : view == 2 ? c.rgb : view == 3 ? normal * 0.5 + 0.5 : view == 4 ? o.bbb
    : view == 5 ? c.aaa : view == 6 ? o.aaa : texture(metals, at).rrr;
  shown = vec4(rgb * alpha, alpha);
}`;

// A ball in front of a plain ground, the material laid on it by Lambert's equal-area projection.
export const BALL = `${LIT}
uniform float across, rim; // widths of the picture around the middle; of one pixel, in radii
uniform vec2 turned;       // how far the material was moved, in widths of the picture
void main() {
  vec2 p = (at * 2.0 - 1.0) * vec2(1, -1) / 0.92;
  float outside = dot(p, p), z = sqrt(max(1.0 - outside, 0.0));
  vec3 around = vec3(p, z);
  vec2 place = 0.5 + across / 2.0 / sqrt(1.0 + z) * p * vec2(1, -1) + turned;
  vec3 right = normalize(vec3(z, 0, -p.x) + vec3(1e-9, 0, 0)), up = cross(around, right);
  vec3 own = normalAt(place);
  vec3 normal = normalize(own.x * right + own.y * up + own.z * around);
  float seen = clamp(dot(around, lamp) * 8.0 + 0.5, 0.0, 1.0);
  vec3 radiance = shaded(place, own, normal, vec3(0, 0, 1), seen);
  float inside = clamp((1.0 - sqrt(outside)) / rim + 0.5, 0.0, 1.0);
  shown = vec4(display(mix(vec3(BACKGROUND), radiance, inside)), 1);
}`;

/** The lamp's direction (x right, y up, z out of the surface) of azimuth and elevation in degrees. */
export function direction([azimuth, elevation]) {
  const a = (azimuth * Math.PI) / 180, e = (elevation * Math.PI) / 180;
  return [Math.cos(e) * Math.cos(a), Math.cos(e) * Math.sin(a), Math.sin(e)];
}
