using System.Runtime.InteropServices;

namespace Pipeline.Host.Platform;

/// <summary>SIGHUP as the wish to have the settings read again; where there is no such signal, nothing comes.</summary>
internal sealed class ReloadSignal : IDisposable
{
    private readonly PosixSignalRegistration? _registration;

    /// <summary>Listens from now on; <paramref name="heard"/> must return at once.</summary>
    public ReloadSignal(Action heard)
    {
        // On Windows this is a console that closes, which must go on ending the process.
        _registration = OperatingSystem.IsWindows()
            ? null
            : PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                heard();
            });
    }

    /// <summary>Listens no more.</summary>
    public void Dispose() => _registration?.Dispose();
}
