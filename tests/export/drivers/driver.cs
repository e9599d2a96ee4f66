// Answers questions about noise, one a line: driver.exe QUESTIONS
using System;
using System.Globalization;
using System.IO;
using System.Linq;
using Texturenet;

static class Driver
{
    static double Number(string text) { return double.Parse(text, CultureInfo.InvariantCulture); }

    static double[] Answer(string what, string[] v)
    {
        if (what == "noise")
        {
            long[] n = v.Skip(1).Select(long.Parse).ToArray();
            return Wide(Noise.Window(ulong.Parse(v[0]), (int)n[0], (int)n[1], n[2], n[3],
                (int)n[4], (int)n[5], n[6], n[7]));
        }
        if (what == "gaussian") return v.Select(u => Noise.Gaussian(Number(u))).ToArray();
        if (what == "cdf") return v.Select(x => Noise.NormalCdf(Number(x))).ToArray();
        if (what == "loop")
            return new[] { Noise.Loop(Number(v[0]), Number(v[1]), Number(v[2]), v[3] == "1") };
        if (what == "shift")
            return Noise.Shift(ulong.Parse(v[0]), int.Parse(v[1])).Select(n => (double)n).ToArray();
        if (what == "units")
        {
            long[] u = v.Skip(1).Select(long.Parse).ToArray();
            int[] i = u.Select(n => (int)n).ToArray();
            return Wide(Noise.Units(ulong.Parse(v[0]), i[0], new[] { i[8], i[9] },
                new[] { i[10], i[11] }, i[12], i[1], new[] { i[2], i[3] }, u[4], u[5], i[6], i[7],
                u[13], u[14]));
        }
        long[] w = v.Select(long.Parse).ToArray();
        int[][] vectors = Enumerable.Range(0, (w.Length - 8) / 2)
            .Select(i => new[] { (int)w[8 + 2 * i], (int)w[9 + 2 * i] }).ToArray();
        return Wide(Noise.Waves((int)w[0], vectors, (int)w[1], new[] { (int)w[2], (int)w[3] }, w[4],
            w[5], (int)w[6], (int)w[7]));
    }

    static double[] Wide(float[] values) { return values.Select(u => (double)u).ToArray(); }

    static void Main(string[] arguments)
    {
        foreach (string line in File.ReadLines(arguments[0]))
        {
            string[] words = line.Split(' ');
            var made = Answer(words[0], words.Skip(1).ToArray());
            Console.WriteLine(string.Join(" ",
                made.Select(x => x.ToString("R", CultureInfo.InvariantCulture))));
        }
    }
}
