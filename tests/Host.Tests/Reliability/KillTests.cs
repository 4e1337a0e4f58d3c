using System.Diagnostics;
using System.Globalization;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Host.Tests.Reliability;

/// <summary>The daemon is killed at any moment, hundreds of times, and ends with what an undisturbed one ends with.</summary>
public sealed class KillTests(ITestOutputHelper output)
{
    private const int KillsUsual = 200;
    private const int KillsOfRound = 20;

    // A daemon that waits for a kill costs nothing, so there may be more of them than cores.
    private const int Lanes = 4;

    // A round that fails leaves its folder behind, with what each process has said.
    private readonly string _folder = Directory.CreateTempSubdirectory("pipeline-kill-").FullName;

    [Fact]
    [Trait("speed", "slow")]
    public async Task Serve_KilledAtRandomMoments_LosesAndDoublesNothing()
    {
        // Aim: nothing accepted is lost or counted twice, whatever a kill cuts off. Method: rounds of some kills over one
        // data folder while files arrive; each round must end as one without kills. PIPELINE_KILLS and PIPELINE_SEED
        // choose the number and the moments.
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int kills = Number("PIPELINE_KILLS", KillsUsual);
        int seed = Number("PIPELINE_SEED", Environment.TickCount & 0xFFFF);
        Say($"kill-test seed {seed} kills {kills}");
        Say($"kill-test folder {_folder}");
        var scenario = new KillScenario();
        var calm = new KillRound(scenario, seed, PathOf("undisturbed"));
        RoundResult undisturbed = await calm.RunUndisturbedAsync();
        calm.Check(undisturbed, undisturbed: null);
        Say($"kill-test undisturbed_s {undisturbed.Took.TotalSeconds:F1}");

        var took = Stopwatch.StartNew();
        int roundCount = (kills + KillsOfRound - 1) / KillsOfRound;
        KillRound[] rounds = [.. Enumerable.Range(0, roundCount).Select(i => new KillRound(scenario, seed + i, PathOf($"round-{i}")))];
        List<TimeSpan> finishes = [];
        List<string> temporaries = [];
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, Lanes).Select(_ => LaneAsync()));

        foreach ((string phase, int count) in
            rounds.SelectMany(round => round.Phases).GroupBy(pair => pair.Key).Select(group => (group.Key, group.Sum(pair => pair.Value)))
                .OrderByDescending(pair => pair.Item2))
        {
            Say($"kill-test phase \"{phase}\" kills {count}");
        }

        TimeSpan[] ready = [.. rounds.SelectMany(round => round.ReadyAfter).Order()];
        Say($"kill-test total_s {took.Elapsed.TotalSeconds:F0} rounds {roundCount} finish_s_median "
            + $"{finishes.Order().ElementAt(finishes.Count / 2).TotalSeconds:F1} "
            + $"ready_ms_median {ready[ready.Length / 2].TotalMilliseconds:F0} ready_ms_max {ready[^1].TotalMilliseconds:F0} lost 0 doubled 0");

        Say($"kill-test temporaries_left {temporaries.Count}");
        Directory.Delete(_folder, recursive: true);
        Assert.Empty(temporaries);

        async Task LaneAsync()
        {
            for (int i = Interlocked.Increment(ref next); i < roundCount; i = Interlocked.Increment(ref next))
            {
                RoundResult result = await rounds[i].RunKilledAsync(Math.Min(KillsOfRound, kills - (i * KillsOfRound)), undisturbed);
                rounds[i].Check(result, undisturbed);
                lock (finishes)
                {
                    finishes.Add(result.Took);
                    temporaries.AddRange(result.Temporaries);
                }

                Directory.Delete(PathOf($"round-{i}"), recursive: true);
            }
        }
    }

    private static int Number(string variable, int usual) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : usual;

    private string PathOf(string name) => Path.Combine(_folder, name);

    private void Say(string line) => output.WriteLine(line);
}
