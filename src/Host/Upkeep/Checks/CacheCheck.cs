using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;
using Pipeline.Engine.Cache.Disk;
using Pipeline.Host.Runs;

namespace Pipeline.Host.Upkeep.Checks;

/// <summary>Reads every intermediate on the disk, as <c>pipeline cache verify</c> does; a damaged one is deleted and costs time only.</summary>
internal static class CacheCheck
{
    private const string Check = "cache";

    /// <summary>The finding.</summary>
    public static Finding Run(CheckSubject subject, CancellationToken cancellation)
    {
        // What cannot be deleted is a finding.
        try
        {
            (int files, long bytes, ImmutableArray<string> damaged) = CacheFolder.Verify(RunMemory.CacheFolder(subject.Data), cancellation);
            string found = string.Create(CultureInfo.InvariantCulture, $"Files: {files}, {ByteSize.Format(bytes)}");
            return damaged.IsEmpty
                ? Finding.Ok(Check, $"{found}. Every checksum holds.")
                : Finding.Warning(
                    Check,
                    string.Create(CultureInfo.InvariantCulture, $"{found}. Damaged, and deleted now: {damaged.Length}, first {damaged[0]}."),
                    "They are computed again. Files do not decay by themselves: if this happens again, have the disk looked at.");
        }
        catch (StageException refused)
        {
            return Finding.Problem(Check, refused.Message, "Run this as the daemon's user.");
        }
    }
}
