using Xunit;

namespace Pipeline.Host.Tests;

/// <summary>A fact that needs a system administrator on Linux, and says so where there is none.</summary>
internal sealed class RootFactAttribute : FactAttribute
{
    public RootFactAttribute()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            Skip = "Mounts a small disk, which needs root on Linux. Run: sudo dotnet test -s tests/slow.runsettings";
        }
    }
}
