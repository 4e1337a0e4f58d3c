namespace Pipeline.Engine.Tests;

/// <summary>A door that tests open; the time-out is a net for defects and never part of a test.</summary>
internal sealed class Gate
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Open() => _opened.TrySetResult();

    public Task PassAsync(CancellationToken cancellation = default) => _opened.Task.WaitAsync(Patience, cancellation);
}
