using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Pipeline.Engine;
using Pipeline.Engine.Storage;
using Pipeline.Host.Configuration;

namespace Pipeline.Host.Upkeep.Checks;

/// <summary>All checks, in the order in which a person would mend what they find.</summary>
/// <remarks>Nothing is written but that damaged intermediates are deleted, and no lock is taken, so a daemon may run meanwhile.</remarks>
internal static class Checkup
{
    /// <summary>The findings.</summary>
    /// <param name="configuration">The settings beside the program and in the environment.</param>
    /// <param name="settingsPath">A settings file on top of them, or null.</param>
    /// <param name="dataPath">The data folder, in place of what the settings say.</param>
    /// <param name="storage">The disks.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="cancellation">Ends the reading.</param>
    public static ImmutableArray<Finding> Run(
        IConfiguration configuration, string? settingsPath, string? dataPath, IStorage storage, MachineFacts machine, CancellationToken cancellation)
    {
        var findings = ImmutableArray.CreateBuilder<Finding>();
        IConfiguration all = configuration;
        bool isReadable = true;

        // The file is the user's; whatever is wrong with it is what was asked.
        try
        {
            all = SettingsFile.On(configuration, settingsPath);
        }
        catch (StageException unreadable)
        {
            findings.Add(Finding.Problem("settings", unreadable.Message, "Mend the file; or correct --settings, or the permissions of the file."));
            isReadable = false;
        }

        (ImmutableArray<Finding> settings, PipelineOptions process, DaemonOptions daemon) =
            SettingsCheck.Run(all, mayLackFolders: !(isReadable && settingsPath is not null) && dataPath is not null);

        // Without the file that was named, the rest says nothing about what is meant; data and machine are looked at all the same.
        findings.AddRange(isReadable ? settings : []);
        var subject = new CheckSubject(Path.GetFullPath(dataPath ?? daemon.DataPath), process, daemon, storage, machine);
        findings.AddRange(DataCheck.Run(subject));
        findings.AddRange(FoldersCheck.Run(subject));
        findings.AddRange(MachineCheck.Run(subject));
        cancellation.ThrowIfCancellationRequested();
        (ImmutableArray<Finding> state, Dictionary<string, ImmutableArray<string>> responses) = StateCheck.Run(subject);
        findings.AddRange(state);
        findings.AddRange(StudiesCheck.Run(subject, responses));
        findings.Add(CacheCheck.Run(subject, cancellation));
        return findings.ToImmutable();
    }
}
