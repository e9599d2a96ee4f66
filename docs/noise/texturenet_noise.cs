// The noise that the nets of texturenet draw from: a number is a function of its address alone.
// docs/export.md says what each argument means. No package is needed; a window is a float[].
using System;

namespace Texturenet
{
    public static class Noise
    {
        const int NoScale = 255; // where the shift of a seed's waves is drawn
        const int UnitScale = 254; // where the numbers of units are drawn

        /// Philox4x32-10: four words become random ones; the key is two words.
        public static void Philox(uint[] words, uint low, uint high)
        {
            unchecked
            {
                for (int round = 0; round < 10; round++)
                {
                    ulong p = (ulong)words[0] * 0xD2511F53u, q = (ulong)words[2] * 0xCD9E8D57u;
                    words[0] = (uint)(q >> 32) ^ words[1] ^ low;
                    words[1] = (uint)q;
                    words[2] = (uint)(p >> 32) ^ words[3] ^ high;
                    words[3] = (uint)p;
                    low += 0x9E3779B9u;
                    high += 0xBB67AE85u;
                }
            }
        }

        static long Modulo(long a, long b) { return (a % b + b) % b; }

        /// Uniform noise on (0,1), channel by channel, row by row. top, left: of the first cell,
        /// within 2^47. Periods: cells after which rows and columns come again; 0 where they never
        /// do.
        public static float[] Window(ulong seed, int scale, int channels, long top, long left,
            int rows, int columns, long rowPeriod = 0, long columnPeriod = 0)
        {
            var made = new float[channels * rows * columns];
            var words = new uint[4];
            for (int first = 0; first < channels; first += 4)
                for (int i = 0; i < rows; i++)
                    for (int j = 0; j < columns; j++)
                    {
                        long row = rowPeriod > 0 ? Modulo(top + i, rowPeriod) : top + i;
                        long column = columnPeriod > 0 ? Modulo(left + j, columnPeriod) : left + j;
                        unchecked
                        {
                            words[0] = (uint)column;
                            words[1] = (uint)row;
                            words[2] = (uint)(scale | first / 4 << 8);
                            words[3] = (uint)((row >> 32 & 0xFFFF) << 16 | column >> 32 & 0xFFFF);
                            Philox(words, (uint)seed, (uint)(seed >> 32));
                        }
                        for (int k = 0; k < 4 && first + k < channels; k++)
                            made[((first + k) * rows + i) * columns + j] =
                                ((words[k] >> 9) + 0.5f) / 8388608f;
                    }
            return made;
        }

        static double Density(double x) { return Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI); }

        /// The normal distribution function (series of Marsaglia 2004), to 1e-15.
        public static double NormalCdf(double x)
        {
            if (Math.Abs(x) > 8) return x > 0 ? 1 : 0;
            double sum = x, term = x;
            for (int n = 3; Math.Abs(term) > 1e-17; n += 2)
            {
                term *= x * x / n;
                sum += term;
            }
            return 0.5 + Density(x) * sum;
        }

        /// Uniform -> standard normal: the quantile function, by Halley's steps.
        public static double Gaussian(double u)
        {
            if (u > 0.5) return -Gaussian(1 - u);
            double x = 4.91 * (Math.Pow(u, 0.14) - Math.Pow(1 - u, 0.14));
            for (int n = 0; n < 5; n++)
            {
                double step = (NormalCdf(x) - u) / Density(x);
                x -= step / (1 + x * step / 2);
            }
            return x;
        }

        /// Two uniform numbers -> one, uniform unless `normal`, at an angle on a closed film.
        public static double Loop(double first, double second, double angle, bool normal = false)
        {
            double x = Gaussian(first) * Math.Cos(angle) + Gaussian(second) * Math.Sin(angle);
            return normal ? x : NormalCdf(x);
        }

        /// How far a seed moves the waves of a regular texture, {down, right}, in pixels.
        public static int[] Shift(ulong seed, int torus)
        {
            float[] drawn = Window(seed, NoScale, 2, 0, 0, 1, 1);
            return new[] { (int)(float)(drawn[0] * torus), (int)(float)(drawn[1] * torus) };
        }

        static double Turns(long line, int by, int cycles, int torus, int cell)
        {
            long whole = 2L * torus;
            long place = (2 * Modulo(line, whole) + 1) * cell + 2 * by; // the middle of a cell
            return Modulo(cycles * place, whole) * (2 * Math.PI / whole);
        }

        /// Waves on [0,1]: first a cosine of each, then the sines. vectors: {down, right} each.
        /// moved: what `Shift` gave.
        public static float[] Waves(int torus, int[][] vectors, int cell, int[] moved, long top,
            long left, int rows, int columns)
        {
            int count = vectors.Length, plane = rows * columns;
            var made = new float[2 * count * plane];
            for (int number = 0; number < count; number++)
            {
                int down = vectors[number][0], right = vectors[number][1];
                bool fine = Math.Max(Math.Abs(down), Math.Abs(right)) * (double)cell > 0.4 * torus;
                for (int i = 0; i < rows; i++)
                    for (int j = 0; j < columns; j++)
                    {
                        double angle = Turns(top + i, moved[0], down, torus, cell)
                            + Turns(left + j, moved[1], right, torus, cell);
                        int place = i * columns + j;
                        made[number * plane + place] =
                            fine ? 0.5f : (float)(0.5 + Math.Cos(angle) / 2);
                        made[(count + number) * plane + place] =
                            fine ? 0.5f : (float)(0.5 + Math.Sin(angle) / 2);
                    }
            }
            return made;
        }

        static long Floored(long a, long b) { return (a - Modulo(a, b)) / b; }

        /// The pixel {row, column} in which the middle of the unit lies that the middle of a cell
        /// lies in.
        static long[] UnitOf(int torus, int[] rows, int[] across, int cell, int[] moved, long row,
            long column)
        {
            long r = rows[0], c = rows[1], down = across[0], right = across[1];
            long area = down * c - right * r, square = r * r + c * c, lean = down * r + right * c;
            long whole = 2L * torus, half = square * area * cell, share = 2 * square * area;
            long y = (2 * Modulo(row, whole) + 1) * cell + 2 * moved[0]; // in half pixels
            long x = (2 * Modulo(column, whole) + 1) * cell + 2 * moved[1];
            long over = torus - Modulo(r * y + c * x, whole);
            long turned = square * Modulo(down * y + right * x, whole) + lean * over;
            long left = torus * square - Modulo(turned, whole * square);
            return new[] {
                row * cell + Floored(half + c * left + r * area * over, share),
                column * cell + Floored(half - r * left + c * area * over, share)
            };
        }

        /// Numbers of the units of a lattice, on (0,1): the same all over a unit. rows, across:
        /// {down, right} each, of the card's `units`. moved: what `Shift` gave. Periods: pixels
        /// after which rows and columns come again; 0 where they never do.
        public static float[] Units(ulong seed, int torus, int[] rows, int[] across, int channels,
            int cell, int[] moved, long top, long left, int height, int width, long rowPeriod = 0,
            long columnPeriod = 0)
        {
            var made = new float[channels * height * width];
            int most = 0;
            foreach (int cycles in new[] { rows[0], rows[1], across[0], across[1] })
                most = Math.Max(most, Math.Abs(cycles));
            bool told = (double)most * cell <= 0.4 * torus;
            for (int i = 0; i < height; i++)
                for (int j = 0; j < width; j++)
                {
                    long[] at = UnitOf(torus, rows, across, cell, moved, top + i, left + j);
                    if (rowPeriod > 0) at[0] = Modulo(at[0], rowPeriod);
                    if (columnPeriod > 0) at[1] = Modulo(at[1], columnPeriod);
                    float[] drawn = Window(seed, UnitScale, channels, at[0], at[1], 1, 1);
                    for (int k = 0; k < channels; k++)
                        made[(k * height + i) * width + j] = told ? drawn[k] : 0.5f;
                }
            return made;
        }
    }
}
