using System.Diagnostics;
using Xunit;

namespace Pipeline.Support;

/// <summary>Where Node and the npm package apache-arrow are, if they are.</summary>
public static class ForeignPartner
{
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(60);

    public static string Script { get; } = Checkout.PathOf("tests", "Arrow.Tests", "foreign", "partner.cjs");

    public static string? Node { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "node.exe" : "node"))
        .FirstOrDefault(File.Exists);

    public static string Modules { get; } = Checkout.PathOf("artifacts", "arrow-foreign", "node_modules");

    public static string? SkipReason { get; } = Node is null ? "skipped: no node"
        : !Directory.Exists(Path.Combine(Modules, "apache-arrow")) ? "skipped: apache-arrow is not installed"
        : null;

    /// <summary>Runs a command of the partner's script and returns what it printed.</summary>
    public static async Task<string> RunAsync(string command, string argument)
    {
        var start = new ProcessStartInfo(Node!, [Script, command, argument])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["NODE_PATH"] = Modules;
        using var process = Process.Start(start)!;
        using var patience = new CancellationTokenSource(TimeMax);
        Task<string> errors = process.StandardError.ReadToEndAsync(patience.Token);
        string text = await process.StandardOutput.ReadToEndAsync(patience.Token);
        await process.WaitForExitAsync(patience.Token);
        Assert.True(process.ExitCode == 0, await errors);
        return text;
    }
}

/// <summary>A test that needs the foreign partner.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ForeignFactAttribute : FactAttribute
{
    public ForeignFactAttribute() => Skip = ForeignPartner.SkipReason;
}

/// <summary>A theory that needs the foreign partner.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ForeignTheoryAttribute : TheoryAttribute
{
    public ForeignTheoryAttribute() => Skip = ForeignPartner.SkipReason;
}
