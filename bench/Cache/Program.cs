using System.Diagnostics;
using System.Globalization;
using Pipeline.CacheBench;
using Pipeline.Engine;
using Pipeline.Engine.Cache;
using Pipeline.Engine.Cache.Disk;
using Pipeline.Engine.Identity;
using Pipeline.Figures;

// Usage: CacheBench [--keys N] [--hits N] [--repetitions N] [--files N] [--rows FILE]. Prints nanoseconds per hit by threads and kind of
// access, bytes of index per key, and a hash of everything that was read: the same hash for the same arguments.
int keys = Argument("--keys", 1_000_000);
int hits = Argument("--hits", 2_000_000);
int repetitions = Argument("--repetitions", 7);
int files = Argument("--files", 0);
var rows = new RowFile(args);
long hash = 0;

Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {hits:#,0} hits per thread, medians of {repetitions}");
await HitsAsync("100 keys", 100);
await HitsAsync("one key", 1);
await HitsAsync($"{Math.Min(keys, 100_000):#,0} keys", Math.Min(keys, 100_000));
await MemoryIndexAsync();
if (files > 0)
{
    await DiskIndexAsync();
}

Console.WriteLine($"hash {hash:x16}");

async Task HitsAsync(string name, int count)
{
    var limits = Limits.Default with { CacheBytesMax = long.MaxValue / 4 };
    await using var cache = new ArtifactCache(limits, TimeProvider.System);
    Fingerprint[] all = [.. Enumerable.Range(0, count).Select(Key)];
    foreach (Fingerprint key in all)
    {
        (await cache.GetOrComputeAsync(key, "bench", _ => ValueTask.FromResult(new Tiny((long)key.Fourth)), default)).Dispose();
    }

    foreach (int threads in new[] { 1, 2, 4 })
    {
        double[] ns = new double[repetitions + 1];
        double[] cpuNs = new double[repetitions + 1];
        for (int repetition = 0; repetition <= repetitions; repetition++)
        {
            using var start = new Barrier(threads + 1);
            long[] sums = new long[threads];
            Thread[] workers =
            [
                .. Enumerable.Range(0, threads).Select(worker => new Thread(() =>
                {
                    start.SignalAndWait();
                    sums[worker] = Hit(cache, all, hits, worker);
                })),
            ];
            Array.ForEach(workers, worker => worker.Start());
            start.SignalAndWait();
            long began = Stopwatch.GetTimestamp();
            TimeSpan cpuBegan = Environment.CpuUsage.TotalTime;
            Array.ForEach(workers, worker => worker.Join());
            cpuNs[repetition] = (Environment.CpuUsage.TotalTime - cpuBegan).TotalNanoseconds / hits / threads;

            // Time that one hit takes the machine: with as many threads as cores, half of it per core is ideal.
            ns[repetition] = Stopwatch.GetElapsedTime(began).TotalNanoseconds / hits / threads;
            hash = sums.Aggregate(hash, Mix);
        }

        rows.Append($"{name}, {threads} threads", "one hit", "ns", ns[1..], 1e-9 * cpuNs[1..].Order().ElementAt(repetitions / 2), hash);

        // The first repetition compiles.
        double[] kept = [.. ns.Skip(1).Order()];
        double[] cpu = [.. cpuNs.Skip(1).Order()];
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{name,-12} {threads} threads: {cpu[cpu.Length / 2],5:0} ns of processor per hit ({cpu[0]:0} to {cpu[^1]:0}), {kept[kept.Length / 2],5:0} ns by the clock ({kept[0]:0} to {kept[^1]:0})"));
    }
}

static long Hit(ArtifactCache cache, Fingerprint[] all, int hits, int worker)
{
    long sum = 0;
    int at = worker * 7919 % all.Length;
    for (int hit = 0; hit < hits; hit++)
    {
        ValueTask<ArtifactLease<Tiny>> asked = cache.GetOrComputeAsync<Tiny>(
            all[at], "bench", static _ => throw new InvalidOperationException("A hit computes nothing."), default);
        if (!asked.IsCompletedSuccessfully)
        {
            throw new InvalidOperationException("A hit waits for nothing.");
        }

        using ArtifactLease<Tiny> lease = asked.Result;
        sum += lease.Value.Number;
        at = at + 1 == all.Length ? 0 : at + 1;
    }

    return sum;
}

async Task MemoryIndexAsync()
{
    var limits = Limits.Default with { CacheBytesMax = long.MaxValue / 4 };
    await using var cache = new ArtifactCache(limits, TimeProvider.System);

    // The values are made first: only what the cache adds is measured.
    Tiny[] values = [.. Enumerable.Range(0, keys).Select(i => new Tiny(i))];
    long before = GC.GetTotalMemory(forceFullCollection: true);
    long began = Stopwatch.GetTimestamp();
    for (int i = 0; i < keys; i++)
    {
        Tiny value = values[i];
        (await cache.GetOrComputeAsync(Key(i), "bench", _ => ValueTask.FromResult(value), default)).Dispose();
    }

    double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
    long bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"memory index: {keys:#,0} keys, {(double)bytes / keys:0.0} bytes per key, {bytes / 1e6:0.0} MB; filled in {seconds:0.00} s, keys made included"));
    hash = Mix(hash, cache.Statistics.KeptCount);
    GC.KeepAlive(values);
}

async Task DiskIndexAsync()
{
    string folder = Directory.CreateTempSubdirectory("cache-bench-").FullName;
    try
    {
        // Empty files: opening reads names only, and what the names promise is never looked at here.
        for (int i = 0; i < files; i++)
        {
            string key = Key(i).ToString();
            string part = Path.Combine(folder, key[..2]);
            if (i < 5000)
            {
                Directory.CreateDirectory(part);
            }

            File.Create(Path.Combine(part, $"{key}_bench_{1000 + i}_100.artifact")).Dispose();
        }

        var limits = Limits.Default with { CacheDiskBytesMax = long.MaxValue / 4 };
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long began = Stopwatch.GetTimestamp();
        await using var disk = new DiskTier(folder, limits, TimeProvider.System);
        double opened = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
        while (!disk.Statistics.IsListed)
        {
            await Task.Delay(10);
        }

        double listed = Stopwatch.GetElapsedTime(began).TotalSeconds;
        long bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"disk index: {disk.Statistics.KeptCount:#,0} files, {(double)bytes / files:0.0} bytes per key, {bytes / 1e6:0.0} MB; open after {opened:0.0} ms, listed after {listed:0.00} s"));
        hash = Mix(hash, disk.Statistics.KeptCount);
    }
    finally
    {
        Directory.Delete(folder, recursive: true);
    }
}

static Fingerprint Key(int id) => new FingerprintBuilder("bench", 1).Add("id", id).ToFingerprint();

static long Mix(long hash, long value) => unchecked(((hash * 31) ^ value) * (long)0x9E3779B97F4A7C15);

int Argument(string name, int otherwise)
{
    int at = Array.IndexOf(args, name);
    return at < 0 ? otherwise : int.Parse(args[at + 1], CultureInfo.InvariantCulture);
}
