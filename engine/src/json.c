#include "json.h"

enum { DEEPEST = 64 };

static void blank(json *v) {
    while (v->at < v->end && (*v->at == ' ' || *v->at == '\n' || *v->at == '\r' || *v->at == '\t'))
        v->at++;
}

static bool taken(json *v, const char *word) {
    const char *at = v->at;
    for (; *word; word++, at++)
        if (at >= v->end || *at != *word) return false;
    v->at = at;
    return true;
}

static int hexadecimal(json *v) {
    int code = 0;
    for (int i = 0; i < 4; i++, v->at++) {
        if (v->at >= v->end) return -1;
        char c = *v->at;
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
                    : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0) return -1;
        code = code << 4 | digit;
    }
    return code;
}

/* The next character of a string as UTF-8 -> how many bytes; 0 at its end, -1 where it is broken. */
static int character(json *v, char to[4]) {
    static const char escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    if (v->at >= v->end || (unsigned char)*v->at < 32) return -1;
    if (*v->at == '"') return v->at++, 0;
    if (*v->at != '\\') return *to = *v->at++, 1;
    if (++v->at >= v->end) return -1;
    char kind = *v->at++;
    for (int i = 0; escapes[i]; i++)
        if (kind == escapes[i]) return *to = meant[i], 1;
    int code = kind == 'u' ? hexadecimal(v) : -1;
    if (code >> 10 == 0xD800 >> 10 && taken(v, "\\u")) {
        int low = hexadecimal(v);
        if (low >> 10 != 0xDC00 >> 10) return -1;
        code = 0x10000 + ((code & 1023) << 10 | (low & 1023));
    }
    if (code < 0) return -1;
    if (code < 0x80) return to[0] = (char)code, 1;
    int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    static const unsigned char lead[] = {0, 0xC0, 0xE0, 0xF0};
    to[0] = (char)(lead[more] | code >> 6 * more);
    for (int i = 1; i <= more; i++) to[i] = (char)(0x80 | (code >> 6 * (more - i) & 63));
    return more + 1;
}

static bool past_text(json *v) {
    char some[4];
    if (!taken(v, "\"")) return false;
    for (int got; (got = character(v, some));)
        if (got < 0) return false;
    return true;
}

static bool digits(json *v) {
    const char *start = v->at;
    while (v->at < v->end && *v->at >= '0' && *v->at <= '9') v->at++;
    return v->at > start;
}

static bool past_number(json *v) {
    taken(v, "-");
    if (taken(v, "Infinity")) return true;
    if (!taken(v, "0") && !digits(v)) return false;
    if (taken(v, ".") && !digits(v)) return false;
    if (!taken(v, "e") && !taken(v, "E")) return true;
    if (!taken(v, "+")) taken(v, "-");
    return digits(v);
}

static bool past(json *v, int depth);

/* Behind the bracket: members or elements up to the closing one. */
static bool past_members(json *v, bool named, int depth) {
    const char *close = named ? "}" : "]";
    blank(v);
    if (taken(v, close)) return true;
    for (;;) {
        if (named) {
            blank(v);
            if (!past_text(v)) return false;
            blank(v);
            if (!taken(v, ":")) return false;
        }
        if (!past(v, depth + 1)) return false;
        if (taken(v, close)) return true;
        if (!taken(v, ",")) return false;
    }
}

static bool past(json *v, int depth) {
    blank(v);
    if (v->at >= v->end || depth > DEEPEST) return false;
    bool sound = *v->at == '"'    ? past_text(v)
                 : taken(v, "{")  ? past_members(v, true, depth)
                 : taken(v, "[")  ? past_members(v, false, depth)
                 : taken(v, "true") || taken(v, "false") || taken(v, "null") || taken(v, "NaN")
                     ? true
                     : past_number(v);
    blank(v);
    return sound;
}

bool json_check(json v) {
    return past(&v, 0) && v.at == v.end;
}

bool json_next(json whole, json *inside, json *name, json *value) {
    bool named = json_object(whole);
    if (!named && !json_array(whole)) return false;
    if (!inside->at) {
        *inside = whole;
        blank(inside);
        inside->at++;
        blank(inside);
    } else if (!taken(inside, ",")) {
        return false;
    }
    blank(inside);
    if (inside->at >= inside->end || *inside->at == ']' || *inside->at == '}') return false;
    if (named) {
        *name = *inside;
        if (!past_text(inside)) return false;
        blank(inside);
        if (!taken(inside, ":")) return false;
        blank(inside);
    }
    *value = *inside;
    return past(inside, 0);
}

bool json_member(json object, const char *wanted, json *found) {
    json inside = {0}, name, value;
    bool there = false;
    if (!json_object(object)) return false;
    while (json_next(object, &inside, &name, &value))
        if (json_is(name, wanted)) *found = value, there = true;
    return there;
}

bool json_is(json v, const char *text) {
    char some[4];
    if (!taken(&v, "\"")) return false;
    for (int got; (got = character(&v, some));) {
        if (got < 0) return false;
        for (int i = 0; i < got; i++)
            if (*text++ != some[i] || !some[i]) return false;
    }
    return !*text;
}

ptrdiff_t json_text(json v, char *to, size_t room) {
    char some[4];
    size_t length = 0;
    if (!taken(&v, "\"")) return -1;
    for (int got; (got = character(&v, some));) {
        if (got < 0) return -1;
        for (int i = 0; i < got; i++, length++)
            if (length < room) to[length] = some[i];
    }
    return (ptrdiff_t)length;
}

bool json_true(json v, bool *truth) {
    *truth = taken(&v, "true");
    return *truth || taken(&v, "false");
}

bool json_null(json v) { return taken(&v, "null"); }
bool json_object(json v) { return blank(&v), taken(&v, "{"); }
bool json_array(json v) { return blank(&v), taken(&v, "["); }

bool json_whole(json v, int64_t *number) {
    bool minus = taken(&v, "-");
    uint64_t value = 0;
    const char *start = v.at;
    for (; v.at < v.end && *v.at >= '0' && *v.at <= '9'; v.at++) {
        if (v.at - start >= 18) return false;
        value = 10 * value + (uint64_t)(*v.at - '0');
    }
    if (v.at == start || (v.at < v.end && (*v.at == '.' || *v.at == 'e' || *v.at == 'E'))) return false;
    *number = minus ? -(int64_t)value : (int64_t)value;
    return true;
}

static double power_of_ten(int exponent) {
    double power = 1, ten = 10;
    for (int left = exponent < 0 ? -exponent : exponent; left; left >>= 1, ten *= ten)
        if (left & 1) power *= ten;
    return power;
}

bool json_number(json v, double *number) {
    bool minus = taken(&v, "-"), point = false, any = false;
    uint64_t value = 0;
    int exponent = 0, written = 0;
    for (; v.at < v.end && (*v.at == '.' || (*v.at >= '0' && *v.at <= '9')); v.at++) {
        if (*v.at == '.') {
            point = true;
            continue;
        }
        any = true;
        if (value < UINT64_MAX / 10 - 1) {
            value = 10 * value + (uint64_t)(*v.at - '0');
            exponent -= point;
        } else {
            exponent += !point; /* digits beyond what a double holds */
        }
    }
    if (!any) return false;
    if (taken(&v, "e") || taken(&v, "E")) {
        bool less = taken(&v, "-");
        taken(&v, "+");
        for (; v.at < v.end && *v.at >= '0' && *v.at <= '9'; v.at++)
            if (written < 10000) written = 10 * written + (*v.at - '0');
        exponent += less ? -written : written;
    }
    exponent = exponent > 400 ? 400 : exponent < -400 ? -400 : exponent;
    double power = power_of_ten(exponent);
    *number = exponent < 0 ? (double)value / power : (double)value * power;
    if (minus) *number = -*number;
    return true;
}
