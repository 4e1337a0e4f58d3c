using System.Diagnostics;
using System.Globalization;
using Pipeline.Engine.Supervision;
using Pipeline.Host.Service;
using Pipeline.Host.Tests.Reliability;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Host.Tests.Service;

/// <summary>Many edits of the settings, half of them invalid, while files arrive.</summary>
/// <remarks>
/// Folder <c>a</c> stays as it is through all edits and gets a file with each: it must never be disturbed, and nothing may be lost
/// or put into quarantine. Folders <c>b</c> to <c>d</c> come, go and change.
/// </remarks>
public sealed class SettingsStormTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // Each is wrong in another way, with a text that its refusal must hold; the number of the edit makes it a new one.
    private static readonly (Func<string, int, string> Spoil, Func<int, string> Said)[] Spoilers =
    [
        ((text, i) => text[..(text.Length * (i % 7 + 1) / 8)] + Mark(i), _ => "Mend the JSON"),
        ((text, i) => text.Replace("\"Threads\"", $"\"Treads{Mark(i)}\"", StringComparison.Ordinal), Mark),
        ((text, i) => text.Replace("\"50 ms\"", $"\"{Mark(i)}\"", StringComparison.Ordinal), Mark),
        ((text, i) => text.Replace("\"Dataset\": \"a\"", $"\"Dataset\": \"../{Mark(i)}\"", StringComparison.Ordinal), Mark),
        ((text, i) => text.Replace("\"128 MiB\"", $"\"{i + 100000} GiB\"", StringComparison.Ordinal), _ => "lets this process have"),
        ((text, i) => text.Replace("\"Name\": \"a\"", $"\"Name\": \"a\", \"Afterwards\": \"{Mark(i)}\"", StringComparison.Ordinal), Mark),
        (
            (text, i) => text.Replace(
                "\"Listen\": \"off\"",
                $"\"Listen\": \"off\", \"Token\": \"/{Mark(i)}\", \"CertificateKey\": \"/{Mark(i)}\"",
                StringComparison.Ordinal),
            _ => "without Certificate"),
    ];

    [Fact]
    public async Task LookAsync_SixtyEditsHalfOfThemInvalid_DisturbNothingAndLoseNothing()
    {
        const int Edits = 60;
        await using ReloadWorld world = await ReloadWorld.StartAsync("", "a");
        Heartbeat a = world.LoopOf("a")!;
        var random = new Random(20);
        int[] dropped = new int[4];
        for (int i = 0; i < Edits; i++)
        {
            world.Drop("a", (1000 * dropped[0]++) + 1);
            WatchedSet before = world.Watched;
            string[] others = Others(world, random, out string[] names);
            world.Edit($"\"Drain\": \"{i + 1} s\"", ["a", .. others]);
            if (i % 2 == 1)
            {
                string said = Spoil(world.SettingsPath, i);
                Assert.Equal(ReloadResult.Refused, await world.LookAsync());
                Assert.Contains(said, world.Said(1161)[^1], StringComparison.Ordinal);
                Assert.Same(before, world.Watched);
                continue;
            }

            Assert.Equal(ReloadResult.Applied, await world.LookAsync());
            Assert.Equal(["a", .. names.Order(StringComparer.Ordinal)], world.Datasets);
            Assert.Equal(i + 1, world.Drain.Limit.TotalSeconds);
            foreach (string name in names)
            {
                int folder = name[0] - 'a';
                world.Drop(name, (1000 * dropped[folder]++) + folder + 1);
            }
        }

        Assert.Same(a, world.LoopOf("a"));
        Assert.Equal(Edits / 2, world.Said(1161).Length);
        world.Edit("", "a", "b", "c", "d");
        Assert.Equal(ReloadResult.Applied, await world.LookAsync());
        for (int folder = 0; folder < dropped.Length; folder++)
        {
            string name = ((char)('a' + folder)).ToString();
            await world.WaitForAsync(name, dropped[folder]);
            Assert.Equal(dropped[folder], world.Watched.Stores[name].Manifest.Chunks.Length);
            Assert.Equal(0, world.Watched.Stores[name].Quarantine.Count);
        }

        Assert.Empty(world.Said(1130));
        Assert.Same(a, world.LoopOf("a"));
    }

    [SignalFact]
    [Trait("speed", "slow")]
    public async Task Serve_AThousandEditsHalfOfThemInvalid_KeepsHandlesAndMemory()
    {
        const int Edits = 1000;
        const int Settled = 100;
        await using ReloadWorld world = await ReloadWorld.StartAsync("", "a");
        await world.EndAsync();
        Directory.Delete(world.PathOf("data"), recursive: true);
        world.Edit("", "a");
        using ServedProcess daemon = ServedProcess.Serve(world.SettingsPath);
        Assert.True(await daemon.WaitForAsync(line => line.StartsWith("Serving.", StringComparison.Ordinal), Patience) >= 0, daemon.Said);
        var random = new Random(14);
        var took = Stopwatch.StartNew();
        (int Handles, long Bytes) before = default;
        int from = 0;
        for (int i = 0; i < Edits; i++)
        {
            world.Drop("a", i + 1);
            bool isValid = i % 2 == 0;
            string[] others = Others(world, random, out _);
            world.Edit(
                $"\"Drain\": \"{(i % 500) + 1} s\"",
                ["a", .. others, world.Folder("e").Replace("\"Name\": \"e\"", $"\"Name\": \"{Mark(i)}\"", StringComparison.Ordinal)]);
            string wanted = isValid ? $"'{Mark(i)}' is watched" : Spoil(world.SettingsPath, i);
            await daemon.SignalAsync("HUP");
            int found = await daemon.WaitForAsync(
                line => line.Contains(
                    isValid ? "Settings applied" : "Settings refused",
                    StringComparison.Ordinal) && line.Contains(wanted, StringComparison.Ordinal), Patience, from);
            Assert.True(found >= 0, $"Edit {i} was not answered by '{wanted}'.\n{string.Join('\n', daemon.Lines.TakeLast(30).Select(line => line.Text))}");
            from = found + 1;
            if (i == Settled)
            {
                before = HandlesAndBytes(daemon.Id);
            }
        }

        world.Edit("", "a");
        await daemon.SignalAsync("HUP");
        Assert.True(await daemon.WaitForAsync(line => line.Contains("Settings applied", StringComparison.Ordinal), Patience, from) >= 0);
        while (daemon.Lines.Count(line => line.Text.Contains("a: Spectra from", StringComparison.Ordinal)) < Edits)
        {
            Assert.True(took.Elapsed < TimeSpan.FromMinutes(8) && !daemon.HasExited, string.Join('\n', daemon.Lines.TakeLast(30).Select(line => line.Text)));
            await Task.Delay(100);
        }

        (int Handles, long Bytes) after = HandlesAndBytes(daemon.Id);
        output.WriteLine(
            $"{Edits} edits in {took.Elapsed.TotalSeconds:F0} s; handles {before.Handles} → {after.Handles}, anonymous memory "
                + $"{before.Bytes >> 20} → {after.Bytes >> 20} MiB");
        Assert.DoesNotContain(
            daemon.Lines,
            line => line.Text.Contains("quarantine", StringComparison.Ordinal) || line.Text.Contains("runs again", StringComparison.Ordinal));
        Assert.True(after.Handles <= before.Handles + 8, $"{before.Handles} → {after.Handles} handles");
        Assert.True(after.Bytes <= before.Bytes + (48L << 20), $"{before.Bytes} → {after.Bytes} bytes");
        await daemon.TerminateAsync(Patience);
        Assert.Equal(0, daemon.ExitCode);
    }

    /// <summary>Some of the folders b to d, each with a period of its own so that it differs from one edit to the next.</summary>
    private static string[] Others(ReloadWorld world, Random random, out string[] names)
    {
        names = [.. new[] { "b", "c", "d" }.Where(_ => random.Next(2) == 0)];
        return [.. names.Select(name => world.Folder(name, random.Next(2) == 0 ? "" : ", \"Recursive\": true"))];
    }

    private static string Spoil(string path, int i)
    {
        (Func<string, int, string> spoil, Func<int, string> said) = Spoilers[i / 2 % Spoilers.Length];
        string text = File.ReadAllText(path);
        string spoilt = spoil(text, i);
        Assert.NotEqual(text, spoilt);
        File.WriteAllText(path, spoilt);
        return said(i);
    }

    private static string Mark(int i) => string.Create(CultureInfo.InvariantCulture, $"mark{i}");

    private static (int Handles, long Bytes) HandlesAndBytes(int process) =>
        (Directory.GetFiles(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/fd")).Length, ProcessMemory.Of(process)!.Value.Anonymous);
}
