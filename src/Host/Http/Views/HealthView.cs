using System.ComponentModel;

namespace Pipeline.Host.Http.Views;

/// <summary>That the process runs.</summary>
internal sealed record LiveView([property: Description("alive")] string Status);

/// <summary>Whether the daemon does its work.</summary>
internal sealed record ReadyView(
    [property: Description("ready or notReady.")] string Status,
    [property: Description("Why not; empty where it is ready.")] IReadOnlyList<ReasonView> Reasons);

/// <summary>A reason why the daemon is not ready.</summary>
internal sealed record ReasonView(
    [property: Description("starting, draining, diskFull, loopRebuilt or loopStalled.")] string Code,
    [property: Description("The same for people.")] string Text);
