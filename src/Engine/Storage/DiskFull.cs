namespace Pipeline.Engine.Storage;

/// <summary>Tells a full disk from every other refusal of a file system.</summary>
/// <remarks>The class library keeps the system's own number: errno on Unix, a Win32 error in an HRESULT on Windows.</remarks>
public static class DiskFull
{
    private const int NoSpace = 28;
    private const int QuotaLinux = 122;
    private const int QuotaMac = 69;
    private const int Win32 = unchecked((int)0x80070000);
    private const int HandleDiskFull = Win32 | 39;
    private const int NoSpaceWindows = Win32 | 112;
    private const int QuotaWindows = Win32 | 1295;

    /// <summary>True where the disk had no room, or the user's quota was used up.</summary>
    public static bool IsReasonOf(Exception error) => error is IOException && (OperatingSystem.IsWindows()
        ? error.HResult is HandleDiskFull or NoSpaceWindows or QuotaWindows
        : error.HResult == NoSpace || error.HResult == (OperatingSystem.IsLinux() ? QuotaLinux : QuotaMac));

    /// <summary>What this system throws when the disk is full.</summary>
    internal static IOException Exception() =>
        new("No space left on device.", OperatingSystem.IsWindows() ? NoSpaceWindows : NoSpace);
}
