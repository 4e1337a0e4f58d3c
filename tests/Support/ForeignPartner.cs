using System.Diagnostics;
using Xunit;

namespace Pipeline.Support;

/// <summary>Who else reads and writes Arrow.</summary>
public enum Foreigner
{
    /// <summary>The npm package apache-arrow.</summary>
    Arrow,

    /// <summary>The npm package nodejs-polars.</summary>
    Polars,
}

/// <summary>An npm package that reads and writes Arrow, and its script, where Node and the package are.</summary>
public sealed class ForeignPartner
{
    private static readonly TimeSpan TimeMax = TimeSpan.FromSeconds(60);

    private static readonly string? Node = OnPath("node");

    private readonly string _script;

    private ForeignPartner(string package, string folder, string mainFile, string? otherReason = null)
    {
        _script = Checkout.PathOf("tests", "Arrow.Tests", "Foreign", folder, "partner.cjs");
        Modules = Checkout.PathOf("artifacts", $"{folder}-foreign", "node_modules");
        SkipReason = Node is null ? "skipped: no node"
            : !Holds(Modules, $"{package}*", mainFile) ? $"skipped: {package} is not installed"
            : otherReason;
    }

    /// <summary>The npm package apache-arrow.</summary>
    public static ForeignPartner Arrow { get; } = new("apache-arrow", "arrow", "package.json");

    /// <summary>The npm package nodejs-polars, whose native part is a package of its own; its tests compress.</summary>
    public static ForeignPartner Polars { get; } = new("nodejs-polars", "polars", "*.node", SystemCodecs.Reason);

    /// <summary>The folder of its packages, for NODE_PATH.</summary>
    public string Modules { get; }

    /// <summary>Why tests with this partner are skipped; null when they run.</summary>
    public string? SkipReason { get; }

    /// <summary>Where a program lies; null where it is not installed.</summary>
    public static string? OnPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? $"{program}.exe" : program))
        .FirstOrDefault(File.Exists);

    /// <summary>The partner of that name.</summary>
    public static ForeignPartner Of(Foreigner foreigner) => foreigner == Foreigner.Polars ? Polars : Arrow;

    /// <summary>Runs a command of the partner's script and returns what it printed.</summary>
    public async Task<string> RunAsync(string command, string argument)
    {
        var start = new ProcessStartInfo(Node!, [_script, command, argument])
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

    private static bool Holds(string folder, string packages, string file) => Directory.Exists(folder)
        && Directory.EnumerateDirectories(folder, packages).Any(package => Directory.EnumerateFiles(package, file).Any());
}

/// <summary>A test that needs a foreign partner.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ForeignFactAttribute : FactAttribute
{
    public ForeignFactAttribute(Foreigner foreigner = Foreigner.Arrow) => Skip = ForeignPartner.Of(foreigner).SkipReason;
}

/// <summary>A theory that needs a foreign partner.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ForeignTheoryAttribute : TheoryAttribute
{
    public ForeignTheoryAttribute(Foreigner foreigner = Foreigner.Arrow) => Skip = ForeignPartner.Of(foreigner).SkipReason;
}
