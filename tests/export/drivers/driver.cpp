// Answers questions about noise, one a line: driver QUESTIONS
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "texturenet_noise.hpp"

using namespace texturenet;

template <class T>
T next(std::istream& in) {
  T value{};
  in >> value;
  return value;
}

int main(int, char** arguments) {
  std::ifstream file(arguments[1]);
  for (std::string line; std::getline(file, line);) {
    std::istringstream in(line);
    const std::string what = next<std::string>(in);
    std::vector<double> made;
    if (what == "noise") {
      const uint64_t seed = next<uint64_t>(in);
      int64_t n[8];
      for (int64_t& number : n) in >> number;
      const int scale = int(n[0]), channels = int(n[1]), rows = int(n[4]), columns = int(n[5]);
      for (float u : noise(seed, scale, channels, n[2], n[3], rows, columns, n[6], n[7]))
        made.push_back(u);
    } else if (what == "gaussian" || what == "cdf") {
      for (double x; in >> x;) made.push_back(what == "cdf" ? normal_cdf(x) : gaussian(x));
    } else if (what == "loop") {
      const double a = next<double>(in), b = next<double>(in), angle = next<double>(in);
      made.push_back(loop(a, b, angle, next<int>(in) == 1));
    } else if (what == "shift") {
      const uint64_t seed = next<uint64_t>(in);
      const Pair moved = shift(seed, next<int>(in));
      made = {double(moved.first), double(moved.second)};
    } else if (what == "units") {
      const uint64_t seed = next<uint64_t>(in);
      int64_t n[15];
      for (int64_t& number : n) in >> number;
      const Units units{Pair(int(n[8]), int(n[9])), Pair(int(n[10]), int(n[11])), int(n[12])};
      const Pair moved{int(n[2]), int(n[3])};
      for (float u : numbers(seed, int(n[0]), units, int(n[1]), moved, n[4], n[5], int(n[6]),
                             int(n[7]), n[13], n[14]))
        made.push_back(u);
    } else {
      int64_t n[8];
      for (int64_t& number : n) in >> number;
      std::vector<Pair> vectors;
      for (int down, right; in >> down >> right;) vectors.push_back(Pair(down, right));
      const Pair moved{int(n[2]), int(n[3])};
      for (float u : waves(int(n[0]), vectors, int(n[1]), moved, n[4], n[5], int(n[6]), int(n[7])))
        made.push_back(u);
    }
    for (double value : made) std::printf("%.17g ", value);
    std::printf("\n");
  }
}
