namespace Apache.Arrow.Ipc.Messages;

/// <summary>Messages in order, null behind the last.</summary>
internal abstract class MessageSource : IDisposable
{
    /// <summary>The next message.</summary>
    internal abstract IpcMessage? Next();

    /// <summary>The next message.</summary>
    internal abstract ValueTask<IpcMessage?> NextAsync(CancellationToken cancellation);

    /// <summary>Closes what was opened.</summary>
    public abstract void Dispose();
}
