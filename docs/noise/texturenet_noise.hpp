// The noise that the nets of texturenet draw from: a number is a function of its address alone.
// docs/export.md says what each argument means. C++11 and its standard library; header only.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>
#include <vector>

namespace texturenet {

constexpr double kPi = 3.14159265358979323846;
constexpr int kNoScale = 255;    // where the shift of a seed's waves is drawn
constexpr int kUnitScale = 254;  // where the numbers of units are drawn

// Philox4x32-10: four words become random ones; the key is two words.
inline void philox(uint32_t words[4], uint32_t low, uint32_t high) {
  for (int round = 0; round < 10; ++round) {
    const uint64_t p = uint64_t(words[0]) * 0xD2511F53u, q = uint64_t(words[2]) * 0xCD9E8D57u;
    words[0] = uint32_t(q >> 32) ^ words[1] ^ low;
    words[1] = uint32_t(q);
    words[2] = uint32_t(p >> 32) ^ words[3] ^ high;
    words[3] = uint32_t(p);
    low += 0x9E3779B9u;
    high += 0xBB67AE85u;
  }
}

inline int64_t modulo(int64_t a, int64_t b) { return (a % b + b) % b; }

// Uniform noise on (0,1), channel by channel, row by row. top, left: of the first cell, within
// 2^47. Periods: cells after which rows and columns come again; 0 where they never do.
inline std::vector<float> noise(uint64_t seed, int scale, int channels, int64_t top, int64_t left,
                                int rows, int columns, int64_t row_period = 0,
                                int64_t column_period = 0) {
  std::vector<float> made(size_t(channels) * rows * columns);
  for (int first = 0; first < channels; first += 4)
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) {
        const uint64_t row = row_period ? modulo(top + i, row_period) : top + i;
        const uint64_t column = column_period ? modulo(left + j, column_period) : left + j;
        uint32_t words[4] = {uint32_t(column), uint32_t(row), uint32_t(scale | first / 4 << 8),
                             uint32_t((row >> 32 & 0xFFFF) << 16 | (column >> 32 & 0xFFFF))};
        philox(words, uint32_t(seed), uint32_t(seed >> 32));
        for (int k = 0; k < 4 && first + k < channels; ++k)
          made[(size_t(first + k) * rows + i) * columns + j] =
              (float(words[k] >> 9) + 0.5f) / 8388608.0f;
      }
  return made;
}

// The normal distribution function and its density.
inline double normal_cdf(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }
inline double normal_density(double x) { return std::exp(-x * x / 2) / std::sqrt(2 * kPi); }

// Uniform -> standard normal: the quantile function, by Halley's steps.
inline double gaussian(double u) {
  if (u > 0.5) return -gaussian(1 - u);
  double x = 4.91 * (std::pow(u, 0.14) - std::pow(1 - u, 0.14));
  for (int n = 0; n < 5; ++n) {
    const double step = (normal_cdf(x) - u) / normal_density(x);
    x -= step / (1 + x * step / 2);
  }
  return x;
}

// Two uniform numbers -> one, uniform unless `normal`, at an angle on a closed film.
inline double loop(double first, double second, double angle, bool normal = false) {
  const double x = gaussian(first) * std::cos(angle) + gaussian(second) * std::sin(angle);
  return normal ? x : normal_cdf(x);
}

using Pair = std::pair<int, int>;  // down, right

// How far a seed moves the waves of a regular texture, in pixels.
inline Pair shift(uint64_t seed, int torus) {
  const std::vector<float> drawn = noise(seed, kNoScale, 2, 0, 0, 1, 1);
  return Pair(int(drawn[0] * torus), int(drawn[1] * torus));
}

inline double turns(int64_t line, int by, int cycles, int torus, int cell) {
  const int64_t whole = 2 * int64_t(torus);
  const int64_t place = (2 * modulo(line, whole) + 1) * cell + 2 * by;  // the middle of a cell
  return double(modulo(cycles * place, whole)) * (2 * kPi / double(whole));
}

// Waves on [0,1]: first a cosine of each, then the sines. moved: what `shift` gave.
inline std::vector<float> waves(int torus, const std::vector<Pair>& vectors, int cell, Pair moved,
                                int64_t top, int64_t left, int rows, int columns) {
  const size_t count = vectors.size(), plane = size_t(rows) * columns;
  std::vector<float> made(2 * count * plane, 0.5f);
  for (size_t number = 0; number < count; ++number) {
    const Pair vector = vectors[number];
    const int steepest = std::max(std::abs(vector.first), std::abs(vector.second));
    if (double(steepest) * cell > 0.4 * torus) continue;  // too fine
    for (int i = 0; i < rows; ++i)
      for (int j = 0; j < columns; ++j) {
        const double angle = turns(top + i, moved.first, vector.first, torus, cell) +
                             turns(left + j, moved.second, vector.second, torus, cell);
        made[number * plane + size_t(i) * columns + j] += float(std::cos(angle) / 2);
        made[(count + number) * plane + size_t(i) * columns + j] += float(std::sin(angle) / 2);
      }
  }
  return made;
}

// The units of a lattice, by its waves `rows` and `across`, down and right each.
struct Units {
  Pair rows, across;
  int channels;
};

inline int64_t floored(int64_t a, int64_t b) { return (a - modulo(a, b)) / b; }

// The pixel in which the middle of the unit lies that the middle of a cell lies in.
inline std::pair<int64_t, int64_t> unit_of(const Units& units, int torus, int cell, Pair moved,
                                           int64_t row, int64_t column) {
  const int64_t r = units.rows.first, c = units.rows.second, whole = 2 * int64_t(torus);
  const int64_t down = units.across.first, right = units.across.second;
  const int64_t area = down * c - right * r, square = r * r + c * c, lean = down * r + right * c;
  const int64_t y = (2 * modulo(row, whole) + 1) * cell + 2 * moved.first;  // in half pixels
  const int64_t x = (2 * modulo(column, whole) + 1) * cell + 2 * moved.second;
  const int64_t over = torus - modulo(r * y + c * x, whole);
  const int64_t turned = square * modulo(down * y + right * x, whole) + lean * over;
  const int64_t left = torus * square - modulo(turned, whole * square);
  const int64_t half = square * area * cell, share = 2 * square * area;
  return {row * cell + floored(half + c * left + r * area * over, share),
          column * cell + floored(half - r * left + c * area * over, share)};
}

// Numbers of the units of a lattice, on (0,1): the same all over a unit. moved: what `shift` gave.
// Periods: pixels after which rows and columns come again; 0 where they never do.
inline std::vector<float> numbers(uint64_t seed, int torus, const Units& units, int cell,
                                  Pair moved, int64_t top, int64_t left, int rows, int columns,
                                  int64_t row_period = 0, int64_t column_period = 0) {
  const size_t plane = size_t(rows) * columns;
  std::vector<float> made(units.channels * plane, 0.5f);
  int most = 0;
  for (const Pair& wave : {units.rows, units.across})
    most = std::max(most, std::max(std::abs(wave.first), std::abs(wave.second)));
  if (double(most) * cell > 0.4 * torus) return made;  // not told
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < columns; ++j) {
      auto place = unit_of(units, torus, cell, moved, top + i, left + j);
      if (row_period) place.first = modulo(place.first, row_period);
      if (column_period) place.second = modulo(place.second, column_period);
      const std::vector<float> drawn =
          noise(seed, kUnitScale, units.channels, place.first, place.second, 1, 1);
      for (int k = 0; k < units.channels; ++k) made[k * plane + size_t(i) * columns + j] = drawn[k];
    }
  return made;
}

}  // namespace texturenet
