namespace Apache.Arrow.Ipc;

/// <summary>Constants of the IPC formats.</summary>
internal static class IpcFormat
{
    /// <summary>Starts each message since 0.15; before it, messages started with their length.</summary>
    internal const int Continuation = -1;

    /// <summary>Version 4 in MetadataVersion, written by 0.8 to 0.17.</summary>
    internal const short VersionFour = 3;

    /// <summary>Version 5 in MetadataVersion, written since 1.0.</summary>
    internal const short VersionFive = 4;

    /// <summary>What starts and ends a file; at the start it is padded to eight bytes.</summary>
    internal static ReadOnlySpan<byte> Magic => "ARROW1"u8;

    /// <summary>Refuses metadata of versions whose layout was another.</summary>
    internal static void RequireVersion(short version)
    {
        if (version is not (VersionFour or VersionFive))
        {
            throw new NotSupportedException($"not supported: Arrow metadata version V{version + 1}; V4 and V5 are.");
        }
    }
}
