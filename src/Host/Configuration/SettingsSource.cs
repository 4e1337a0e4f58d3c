using System.Collections.Immutable;
using Microsoft.Extensions.Configuration;
using Pipeline.Engine;
using Pipeline.Host.Http;
using Pipeline.Stages.Calibration;

namespace Pipeline.Host.Configuration;

/// <summary>Where a daemon's settings come from: what lies beside the program, a settings file on top, the environment over all.</summary>
/// <param name="beside">What lies beside the program, and the environment.</param>
/// <param name="path">The settings file that the command line names, or null.</param>
internal sealed class SettingsSource(IConfiguration beside, string? path)
{
    /// <summary>The settings file, or null.</summary>
    public string? Path => path;

    /// <summary>Reads everything anew; what is given back can be used.</summary>
    /// <exception cref="StageException">Something cannot; the message names file, line and column (or the variable), key, value and what is valid.</exception>
    public Settings Read()
    {
        // Given back at once: the root would go on listening to what lies beside the program.
        IConfigurationRoot root = SettingsFile.On(beside, path);
        using var ended = root as IDisposable;
        try
        {
            RefuseNul(root);
            PipelineOptions process = PipelineOptions.Read(root);
            RefuseMoreThanThere(process);
            DaemonOptions daemon = DaemonSection.Read(root);
            ImmutableHashSet<(BoundStudyOptions, string)> studies = StudiesOf(daemon);
            return new Settings(process, daemon, studies, daemon.Http.Listen is null ? null : HttpSecrets.Read(daemon.Http));
        }
        catch (StageException refused) when (refused.Subject is not null)
        {
            // Safe: the same refusal with its place.
            throw SettingsPlaces.Name(refused, root);
        }
    }

    /// <summary>The refusal of a setting that came later than <see cref="Read"/>, with its place as far as it can be told.</summary>
    public StageException Place(StageException refused)
    {
        // What was refused is what matters, whether or not the file can still be read.
        try
        {
            IConfigurationRoot root = SettingsFile.On(beside, path);
            using var ended = root as IDisposable;
            return SettingsPlaces.Name(refused, root);
        }
        catch (StageException)
        {
            return refused;
        }
    }

    /// <summary>The one character that no path can have, and that a system call would stop at.</summary>
    private static void RefuseNul(IConfigurationRoot root)
    {
        foreach ((string key, string? value) in root.GetSection("Pipeline").AsEnumerable())
        {
            if (value?.Contains('\0', StringComparison.Ordinal) == true)
            {
                throw DaemonSection.Refusal(key, "the value holds the character U+0000. Remove it.");
            }
        }
    }

    private static void RefuseMoreThanThere(PipelineOptions process)
    {
        long there = PipelineOptions.MemoryThere;
        if (process.MemoryBytes > there)
        {
            throw DaemonSection.Refusal(
                "Pipeline:Memory",
                $"found {ByteSize.Format(process.MemoryBytes)}, but the machine or the container lets this process have {ByteSize.Format(there)}. "
                + $"Lower it to {ByteSize.Format(there / 4 * 3)} at most, or say 'auto'.");
        }
    }

    private static ImmutableHashSet<(BoundStudyOptions Options, string Study)> StudiesOf(DaemonOptions daemon)
    {
        var studies = ImmutableHashSet.CreateBuilder<(BoundStudyOptions, string)>();
        for (int i = 0; i < daemon.Studies.Length; i++)
        {
            // A study file is a part of the settings: what is wrong in it is wrong where it is named, too.
            try
            {
                studies.Add((daemon.Studies[i], StudyFile.Write(ConfiguredStudy.Of(daemon.Studies[i]).Study)));
            }
            catch (StageException refused)
            {
                throw DaemonSection.Refusal(DaemonSection.At("Pipeline:Studies", i, "Study"), refused.Message, refused);
            }
        }

        return studies.ToImmutable();
    }
}

/// <summary>The settings of a daemon, complete and valid at the moment when they were read.</summary>
/// <param name="Process">Memory, threads and reserve.</param>
/// <param name="Daemon">Folders, studies and the rest.</param>
/// <param name="Studies">The studies, each with what its file says.</param>
/// <param name="Secrets">What HTTP reads from files of its own; null without HTTP. Whoever takes them disposes of them.</param>
internal sealed record Settings(
    PipelineOptions Process, DaemonOptions Daemon, ImmutableHashSet<(BoundStudyOptions Options, string Study)> Studies, HttpSecrets? Secrets)
{
    /// <summary>The files that the settings name, and that are read with them.</summary>
    public IEnumerable<string> Files =>
        new[] { Daemon.Http.TokenPath, Daemon.Http.CertificatePath, Daemon.Http.CertificateKeyPath }
            .Concat(Daemon.Studies.Select(study => study.StudyPath))
            .OfType<string>();
}
