using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Pipeline.Support;

namespace Pipeline.Arrow.Tests.Hostile;

/// <summary>Many hostile cases on several threads, counted.</summary>
/// <remarks>
/// Each thread writes the index of its case to a file before it reads, so that a crash of the process leaves its
/// name; a case that does not end is found by the thread that waits. Bytes of failing cases are kept under
/// artifacts/hostile, one for each kind of failure.
/// </remarks>
internal sealed class HostileCampaign(ulong seed, long cases)
{
    private const int FailuresKeptMax = 20;
    private static readonly TimeSpan HangMax = TimeSpan.FromSeconds(60);
    private static readonly string Folder = Checkout.PathOf("artifacts", "hostile");

    private readonly Mutator _mutator = new(HostileSeeds.All, HostileSeeds.OursCount, seed);
    private readonly long[] _outcomes = new long[Enum.GetValues<Outcome>().Length];
    private readonly long[] _kinds = new long[Enum.GetValues<MutationKind>().Length];
    private readonly ConcurrentDictionary<string, (long Index, long Count)> _failures = new();
    private readonly Lock _gate = new();
    private long _next = -1;

    // Guarded by _gate.
    private (long Bytes, long Index) _allocatedMax;
    private (TimeSpan Time, long Index) _slowest;

    /// <summary>How often reading ended in each way.</summary>
    public long Count(Outcome outcome) => _outcomes[(int)outcome];

    /// <summary>How often a mutation was applied.</summary>
    public long Count(MutationKind kind) => _kinds[(int)kind];

    /// <summary>What went wrong, one line for each kind of failure; empty when nothing did.</summary>
    public string Failures => string.Join("\n", _failures.OrderBy(pair => pair.Value.Index)
        .Select(pair => $"seed {seed} index {pair.Value.Index} ({pair.Value.Count} alike): {pair.Key}"));

    /// <summary>Runs all cases; returns what is to be reported.</summary>
    public string Run()
    {
        Directory.CreateDirectory(Folder);
        var watch = Stopwatch.StartNew();
        Lane[] lanes = [.. Enumerable.Range(0, Environment.ProcessorCount).Select(i => new Lane(i))];
        Thread[] threads = [.. lanes.Select(lane => new Thread(() => Work(lane)) { IsBackground = true })];
        foreach (Thread thread in threads)
        {
            thread.Start();
        }

        while (threads.FirstOrDefault(thread => thread.IsAlive) is Thread busy)
        {
            busy.Join(TimeSpan.FromSeconds(1));
            if (lanes.FirstOrDefault(lane => lane.Elapsed > HangMax) is Lane stuck)
            {
                Fail(_mutator.Make(stuck.Index), "does not end");
                break;
            }
        }

        return Report(watch.Elapsed);
    }

    private void Work(Lane lane)
    {
        using FileStream current = new(
            Path.Combine(Folder, $"current-{seed}-{lane.Number}.txt"), FileMode.Create, FileAccess.Write, FileShare.Read, 1, FileOptions.DeleteOnClose);
        for (long index = Interlocked.Increment(ref _next); index < cases; index = Interlocked.Increment(ref _next))
        {
            lane.Begin(index);
            RandomAccess.Write(current.SafeFileHandle, Encoding.UTF8.GetBytes($"seed {seed} index {index,-20}\n"), 0);
            HostileCase hostile = _mutator.Make(index);
            Count(hostile, HostileProbe.Judge(hostile.Bytes, hostile.IsFile, index));
        }

        lane.End();
    }

    private void Count(HostileCase hostile, Verdict verdict)
    {
        foreach (MutationKind kind in hostile.Kinds)
        {
            Interlocked.Increment(ref _kinds[(int)kind]);
        }

        if (verdict.Failure is string failure)
        {
            Fail(hostile, failure);
        }
        else
        {
            Interlocked.Increment(ref _outcomes[(int)verdict.First!.Outcome]);
        }

        lock (_gate)
        {
            _allocatedMax = _allocatedMax.Bytes > verdict.AllocatedMax ? _allocatedMax : (verdict.AllocatedMax, hostile.Index);
            _slowest = _slowest.Time > verdict.Slowest ? _slowest : (verdict.Slowest, hostile.Index);
        }
    }

    private void Fail(HostileCase hostile, string failure)
    {
        // Failures are alike when they differ in numbers only.
        string key = string.Concat(failure.Where(c => !char.IsAsciiDigit(c)));
        (long _, long count) = _failures.AddOrUpdate(key, (hostile.Index, 1), (_, known) => (Math.Min(known.Index, hostile.Index), known.Count + 1));
        if (count == 1 && _failures.Count <= FailuresKeptMax)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"seed-{seed}-index-{hostile.Index}");
            File.WriteAllBytes(Path.Combine(Folder, $"{name}.{(hostile.IsFile ? "arrow" : "arrows")}"), hostile.Bytes);
            File.WriteAllText(Path.Combine(Folder, $"{name}.txt"), $"{hostile.Source}: {string.Join(", ", hostile.Kinds)}\n{failure}\n");
        }
    }

    private string Report(TimeSpan took)
    {
        lock (_gate)
        {
            return string.Create(
                CultureInfo.InvariantCulture,
                $"hostile seed {seed} cases {cases} sources {HostileSeeds.All.Length} s {took.TotalSeconds:F1}\n")
                + $"hostile {string.Join(" ", Enum.GetValues<Outcome>().Select(outcome => $"{outcome} {Count(outcome)}"))} failing "
                + $"{_failures.Sum(pair => pair.Value.Count)}\n"
                + $"hostile allocated_kib_max {_allocatedMax.Bytes >> 10} index {_allocatedMax.Index} slowest_ms "
                + $"{_slowest.Time.TotalMilliseconds:F0} index {_slowest.Index}\n"
                + $"hostile {string.Join(" ", Enum.GetValues<MutationKind>().Select(kind => $"{kind} {Count(kind)}"))}";
        }
    }

    /// <summary>What a thread is doing; written by it, read by the one that waits.</summary>
    private sealed class Lane(int number)
    {
        private long _index = -1;
        private long _began = long.MaxValue;

        public int Number => number;

        public long Index => Interlocked.Read(ref _index);

        public TimeSpan Elapsed => Interlocked.Read(ref _began) is long began and not long.MaxValue ? Stopwatch.GetElapsedTime(began) : default;

        public void Begin(long index)
        {
            Interlocked.Exchange(ref _index, index);
            Interlocked.Exchange(ref _began, Stopwatch.GetTimestamp());
        }

        public void End() => Interlocked.Exchange(ref _began, long.MaxValue);
    }
}
