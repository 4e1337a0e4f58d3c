using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Ipc;

/// <summary>Where Node and the npm package apache-arrow are, if they are.</summary>
internal static class ForeignPartner
{
    public static string Script { get; } = Checkout.PathOf("tests", "Arrow.Tests", "foreign", "partner.cjs");

    public static string? Node { get; } = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, OperatingSystem.IsWindows() ? "node.exe" : "node"))
        .FirstOrDefault(File.Exists);

    public static string Modules { get; } = Checkout.PathOf("artifacts", "arrow-foreign", "node_modules");

    public static string? SkipReason { get; } = Node is null ? "skipped: no node"
        : !Directory.Exists(Path.Combine(Modules, "apache-arrow")) ? "skipped: apache-arrow is not installed"
        : null;
}

/// <summary>A test that needs the foreign partner.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ForeignFactAttribute : FactAttribute
{
    public ForeignFactAttribute() => Skip = ForeignPartner.SkipReason;
}

/// <summary>A theory that needs the foreign partner.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ForeignTheoryAttribute : TheoryAttribute
{
    public ForeignTheoryAttribute() => Skip = ForeignPartner.SkipReason;
}
