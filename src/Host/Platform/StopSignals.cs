using System.Runtime.InteropServices;
using Pipeline.Host.Service;

namespace Pipeline.Host.Platform;

/// <summary>SIGTERM and Ctrl-C as a drain: the first begins it, the second cuts it short.</summary>
/// <remarks>Only signals are counted: whatever else begins a drain leaves the first signal its meaning.</remarks>
internal sealed class StopSignals : IDisposable
{
    private readonly Drain _drain;
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    /// <summary>Listens from now on.</summary>
    public StopSignals(Drain drain)
    {
        _drain = drain;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Heard),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Heard),
        ];
    }

    /// <summary>Listens no more.</summary>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void Heard(PosixSignalContext signal)
    {
        signal.Cancel = true;
        if (Interlocked.Increment(ref _count) == 1)
        {
            _drain.Begin();
        }
        else
        {
            _drain.CutNow();
        }
    }
}
