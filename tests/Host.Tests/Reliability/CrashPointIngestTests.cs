using System.Text;
using Pipeline.Engine.Identity;
using Pipeline.Engine.State;
using Pipeline.Host.Datasets;
using Pipeline.Host.Inbox;
using Pipeline.Host.Tests.Inbox;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;
using Pipeline.Support;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>A watched folder with the power cut before, and with a failure of, every step of file or database.</summary>
public sealed class CrashPointIngestTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(FinishedSource.Leave)]
    [InlineData(FinishedSource.Move)]
    [InlineData(FinishedSource.Delete)]
    public Task Scan_CrashAtSomeSteps_LosesAndDoublesNothing(FinishedSource finished) =>
        CrashAsync(finished, new CrashPoints(output) { SurvivorsMax = 2, ResumesAfterKill = true, Stride = 31 });

    [Theory]
    [InlineData(FinishedSource.Leave, 1)]
    [InlineData(FinishedSource.Move, 2)]
    [InlineData(FinishedSource.Delete, 3)]
    [Trait("speed", "slow")]
    public Task Scan_CrashAtEveryStep_LosesAndDoublesNothing(FinishedSource finished, int seed) =>
        CrashAsync(finished, new CrashPoints(output) { SurvivorsMax = 16, ResumesAfterKill = true, Seed = seed });

    [Theory]
    [InlineData(FinishedSource.Leave)]
    [InlineData(FinishedSource.Move)]
    [InlineData(FinishedSource.Delete)]
    public Task Scan_SomeStepsFail_IsToldAndMadeUpFor(FinishedSource finished) => FailAsync(finished, stride: 53);

    [Theory]
    [InlineData(FinishedSource.Leave)]
    [InlineData(FinishedSource.Move)]
    [InlineData(FinishedSource.Delete)]
    [Trait("speed", "slow")]
    public Task Scan_EveryStepFails_IsToldAndMadeUpFor(FinishedSource finished) => FailAsync(finished, stride: 1);

    private static async Task CrashAsync(FinishedSource finished, CrashPoints crashes)
    {
        string expected = await UndisturbedAsync(finished);
        CrashCount count = await crashes.RunAsync(() => new IngestWorld(finished, expected));
        Assert.InRange(count.Points, 3, 400);
    }

    private async Task FailAsync(FinishedSource finished, int stride)
    {
        string expected = await UndisturbedAsync(finished);
        Assert.InRange(await CrashPointWorld.FailEverywhereAsync(() => new IngestWorld(finished, expected), output, stride, seed: 1), 2, 1200);
    }

    private static async Task<string> UndisturbedAsync(FinishedSource finished)
    {
        using var world = new IngestWorld(finished, "");
        var disk = new SimulatedDisk();
        await world.PrepareAsync(disk);
        await world.ScenarioAsync(disk);
        Assert.Empty(world.Told);
        string state = await world.FinalStateAsync(disk);
        Assert.Contains("quarantined: 1", state, StringComparison.Ordinal);
        Assert.Contains("samples: 5, references: 7", state, StringComparison.Ordinal);
        return state;
    }

    /// <summary>Spectra, the same bytes under another name, a bad file, late references, and a file that comes in two versions.</summary>
    private sealed class IngestWorld(FinishedSource finished, string expected) : CrashPointWorld
    {
        private const string In = "/disk/in";
        private static readonly byte[] Spectra = Encoding.UTF8.GetBytes(InboxHarness.Table(0, 2));
        private static readonly byte[] First = Encoding.UTF8.GetBytes(InboxHarness.Table(10, 2));
        private static readonly byte[] Second = Encoding.UTF8.GetBytes(InboxHarness.Table(10, 3));
        private static readonly byte[] Bad = "id,1100 nm,1110 nm,1120 nm\nA,1,2\n"u8.ToArray();
        private static readonly byte[] References = "sample_id,moisture\nS0001,3\nS0011,4\n"u8.ToArray();

        private readonly HashSet<Fingerprint> _acknowledged = [];
        private bool _isSecondWritten;

        public override Task PrepareAsync(SimulatedDisk disk)
        {
            disk.CreateFolder(In);
            Put(disk, "a.csv", Spectra);
            Put(disk, "b.csv", Spectra);
            Put(disk, "bad.csv", Bad);
            Put(disk, "r.csv", References);
            Put(disk, "v.csv", First);
            return Task.CompletedTask;
        }

        public override async Task CheckAsync(SimulatedDisk disk, CrashSite site)
        {
            await ScenarioAsync(disk);
            AssertSame(expected, await FinalStateAsync(disk));
        }

        public override async Task<string> FinalStateAsync(SimulatedDisk disk)
        {
            string state = "";
            await WithStateAsync(disk, async database =>
            {
                using DatasetStore store = await OpenAsync(disk, database);
                DatasetManifest manifest = store.Manifest;
                SpectralChunk merged = store.Merge();
                Assert.Equal(manifest.Chunks.Sum(chunk => chunk.Ids.Length), manifest.Chunks.SelectMany(chunk => chunk.Ids).Distinct().Count());
                Assert.Equal(Bad, StoredFiles.Bytes(disk, BytesOf(store, Assert.Single(store.Quarantine.List()).Digest)));
                state = string.Join(
                    '\n',
                    [
                        // Under which of its names the same bytes came first depends on what failed.
                        .. manifest.Sources.Select(
                            one => $"{one.Digest}: {string.Join(", ", one.Aliases.Append(one.Path).Order(StringComparer.Ordinal))}").Order(StringComparer.Ordinal),
                        $"samples: {merged.SampleCount}, references: {Dataset.Join(manifest).KnownCount}, digest {DatasetDigests.Of(merged)}",
                        .. store.Quarantine.List().Select(one => $"{one.Path} {one.Digest} {one.Message}"),
                        $"quarantined: {store.Quarantine.Count}",
                        .. Tree(disk, DataFolder).Where(line => !IsSupersededChunk(line, manifest)),

                        // A power cut in the middle of a move may leave both names; the second move then finds its place taken.
                        .. Tree(disk, In).Select(
                            line => line.Contains("/done/", StringComparison.Ordinal) ? line.Split(' ')[1] : line).Distinct().Order(StringComparer.Ordinal),
                    ]);
            });
            return state;
        }

        protected override async Task LiveAsync(SimulatedDisk disk, StateDatabase state)
        {
            AssertNothingLost(disk, state);
            using DatasetStore store = await OpenAsync(disk, state);
            var time = new JumpingTime();
            var options = new InboxOptions
            {
                Path = In,
                Patterns = ["*.csv"],
                QuietPeriod = InboxHarness.Quiet,
                UsesEvents = false,
                Finished = finished,
                Notice = Told.Add,
                Failed = failure => Told.Add(failure.Message),
                IngestedAsync = outcomes =>
                {
                    _acknowledged.UnionWith(outcomes.Select(outcome => outcome.Digest));
                    return ValueTask.CompletedTask;
                },
            };
            using var folder = new WatchedFolder(options, store, state, disk, time);
            await SettleAsync();

            // The other side corrects its file as soon as the first version is known and, where it does not stay, gone.
            if ((finished == FinishedSource.Leave || disk.Stamp($"{In}/v.csv") is null) && store.Knows(Fingerprint.OfBytes(First)) && !store.Knows(Fingerprint.OfBytes(Second)))
            {
                Put(disk, "v.csv", Second);
                _isSecondWritten = true;
            }

            await SettleAsync();

            async Task SettleAsync()
            {
                await folder.ScanAsync();
                time.Advance(InboxHarness.Quiet);
                await folder.ScanAsync();
            }
        }

        /// <summary>A chunk is not flushed, and that of a superseded source is not made again.</summary>
        private static bool IsSupersededChunk(string line, DatasetManifest manifest) =>
            line.Contains("/chunks/", StringComparison.Ordinal) && !manifest.Chunks.Any(
                chunk => line.Contains(chunk.Digest.ToString(), StringComparison.Ordinal));

        private static void Put(SimulatedDisk disk, string name, byte[] bytes) => disk.Write($"{In}/{name}", stream => stream.Write(bytes));

        private static Task<DatasetStore> OpenAsync(SimulatedDisk disk, StateDatabase state) =>
            DatasetStore.OpenAsync(
                DataFolder,
                "corn",
                state,
                disk,
                new ArrowChunkCodec(),
                SpectraFormatsReaders.Every,
                new DatasetStoreOptions { ChunkedFromBytes = 0 });

        private static string BytesOf(DatasetStore store, string digest) => $"{store.Quarantine.Folder}/{digest}/bytes";

        /// <summary>Before anything else happens: what has come is in its folder or in the dataset; what was acknowledged is in the dataset.</summary>
        private void AssertNothingLost(SimulatedDisk disk, StateDatabase state)
        {
            HashSet<Fingerprint> kept = [.. Digests(disk, $"{DataFolder}/datasets/corn/sources"), .. Digests(disk, $"{DataFolder}/datasets/corn/quarantine")];
            HashSet<Fingerprint> rows =
            [
                .. state.Read(reader => reader.Query("SELECT digest FROM source UNION SELECT digest FROM quarantine", row => row.Key(0))),
            ];
            if (rows.Contains(Fingerprint.OfBytes(Second)))
            {
                // Superseded, but its bytes are kept.
                rows.Add(Fingerprint.OfBytes(First));
            }

            Assert.All(_acknowledged, digest => Assert.True(rows.Contains(digest), $"{digest} was told and has no row."));
            Assert.All(rows, digest => Assert.True(kept.Contains(digest), $"{digest} has a row and no bytes."));
            HashSet<Fingerprint> waiting = [.. Digests(disk, In)];
            foreach (byte[] bytes in _isSecondWritten ? (byte[][])[Spectra, Bad, References, First, Second] : [Spectra, Bad, References, First])
            {
                var digest = Fingerprint.OfBytes(bytes);
                Assert.True(rows.Contains(digest) || waiting.Contains(digest), $"Lost: {Encoding.UTF8.GetString(bytes)}");
            }
        }

        private static IEnumerable<Fingerprint> Digests(SimulatedDisk disk, string folder) => disk.FolderExists(folder)
            ? disk.List(folder).SelectMany(entry => entry.IsFolder ? Digests(disk, entry.Path) : [Fingerprint.OfBytes(StoredFiles.Bytes(disk, entry.Path))])
            : [];
    }
}
