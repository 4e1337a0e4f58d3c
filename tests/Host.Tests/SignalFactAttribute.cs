using Xunit;

namespace Pipeline.Host.Tests;

/// <summary>A fact that sends signals, which Windows has not.</summary>
internal sealed class SignalFactAttribute : FactAttribute
{
    public SignalFactAttribute()
    {
        if (OperatingSystem.IsWindows())
        {
            Skip = "Sends SIGTERM, which Windows has not.";
        }
    }
}
