using System.Diagnostics;
using Pipeline.Stages.Models;
using Pipeline.Stages.Models.Classes;
using Pipeline.Stages.Numerics;
using Pipeline.Stages.Numerics.Random;
using Pipeline.Stages.Selection;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Splitting;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Stages.Tests;

[Collection("measures the heap")]
public sealed class TempTimingTests(ITestOutputHelper output)
{
    private void Say(string text)
    {
        output.WriteLine(text);
        File.AppendAllText("/tmp/lo_timing.txt", text + "\n");
    }

    [Fact]
    public void Heap()
    {
        bool stop = false;
        Thread[] spinners = [.. Enumerable.Range(0, 6).Select(_ => new Thread(() => { while (!Volatile.Read(ref stop)) { Thread.SpinWait(100); } }))];
        Array.ForEach(spinners, s => s.Start());
        foreach (string notation in new[] { "cars(50)", "ipls(20; backward)", "uve(100)" })
        {
            (Matrix x, Matrix y) = Selection.Selectors.SelectorData.Make(300, 200, 51);
            SpectralAxis axis = Selection.Selectors.SelectorData.Axis(200);
            ISubset selector = Catalog.ParseSubset(notation);
            long reserved = selector.EstimateSelect(300, axis).PeakBytes;
            long total = 0;
            bool done = false;
            long before = GC.GetTotalMemory(true);
            var watcher = new Thread(() => { while (!Volatile.Read(ref done)) { total = Math.Max(total, GC.GetTotalMemory(true)); } });
            watcher.Start();
            long until = Stopwatch.GetTimestamp() + (3 * Stopwatch.Frequency);
            while (Stopwatch.GetTimestamp() < until) { selector.Select(x.View, y.View, axis, []); }
            Volatile.Write(ref done, true);
            watcher.Join();
            long live = LiveHeap.PeakOf(() => selector.Select(x.View, y.View, axis, []), 40);
            File.AppendAllText("/tmp/lo_heap.txt", $"{notation}: reserved {reserved}, GetTotalMemory {total - before}, at the collection {live}\n");
        }
        Volatile.Write(ref stop, true);
    }

    [Fact]
    public void Time()
    {
        var random = new Pcg64(1);
        double[] x = [.. Enumerable.Range(0, 4096).Select(_ => random.NextDouble() * 10)];
        double sum = 0;
        void Measure(string name, Action<int> one)
        {
            double best = double.MaxValue;
            for (int r = 0; r < 30; r++)
            {
                long start = Stopwatch.GetTimestamp();
                for (int i = 0; i < x.Length; i++) { one(i); }
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalNanoseconds / x.Length);
            }
            Say($"TIMING {name}: {best:f1} ns");
        }
        Measure("Math.Log", i => sum += Math.Log(x[i]));
        Measure("Logarithm.Of", i => sum += Logarithm.Of(x[i]));
        Measure("Math.Exp", i => sum += Math.Exp(-x[i]));
        Measure("Exponential.Of", i => sum += Exponential.Of(-x[i]));
        foreach (int c in new[] { 3, 10 })
        {
            double[] scores = new double[c];
            Measure($"old softmax and loss {c}", i =>
            {
                x.AsSpan(i % 4000, c).CopyTo(scores);
                double largest = double.NegativeInfinity;
                foreach (double s in scores) { largest = Math.Max(largest, s); }
                double all = 0;
                foreach (double s in scores) { all += Math.Exp(s - largest); }
                sum += Math.Log(all) + largest;
                double total = 0;
                foreach (ref double s in scores.AsSpan()) { s = Math.Exp(s - largest); total += s; }
                foreach (ref double s in scores.AsSpan()) { s /= total; }
            });
            Measure($"ClassLink.Replace {c}", i => { x.AsSpan(i % 4000, c).CopyTo(scores); sum += ClassLink.Replace(scores); });
        }
        var wide = new Matrix(600, 700);
        for (int i = 0; i < 600; i++) { for (int j = 0; j < 700; j++) { wide[i, j] = random.NextNormal(); } }
        var y = new Matrix(600, 1);
        for (int i = 0; i < 600; i++) { y[i, 0] = random.NextNormal() + wide[i, 3]; }
        var axis = new SpectralAxis([.. Enumerable.Range(0, 700).Select(j => (double)j)], AxisUnit.Channel);
        foreach (string family in new[] { "pls(10)", "ridge" })
        {
            ICandidateFamily f = Catalog.ParseFamily(family);
            System.Collections.Immutable.ImmutableArray<ISubset> subsets = [.. Enumerable.Range(1, 8).Select(k => Catalog.ParseSubset($"region(50,25;{k})"))];
            var folds = new Folds([.. Enumerable.Range(0, 600).Select(i => i % 10)], 10);
            double best = double.MaxValue;
            for (int r = 0; r < 3; r++)
            {
                var cells = new CellTable(folds, 8, f.Settings.Length);
                long start = Stopwatch.GetTimestamp();
                f.CrossValidate(new FoldedSpectra(wide, y, axis, folds, null), subsets, f.Settings, cells, CancellationToken.None);
                best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            long t0 = Stopwatch.GetTimestamp();
            for (int r = 0; r < 10; r++) { Correlation.AbsoluteMeans(wide.View, y.View); }
            Say($"TIMING {family} 8 regions: {best:f0} ms; one correlation {Stopwatch.GetElapsedTime(t0).TotalMilliseconds / 10:f2} ms, of which 77 saved");
        }
        Assert.True(!double.IsNaN(sum));
    }
}
