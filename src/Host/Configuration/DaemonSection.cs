using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Pipeline.Engine;
using Pipeline.Engine.Storage;
using Pipeline.Host.Runs.Queue;
using Pipeline.Host.Service;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Configuration;

/// <summary>
/// Reads the daemon's part of the configuration: <c>Data</c>, <c>Folders</c>, <c>Datasets</c>, <c>Studies</c>, <c>Runs</c>, <c>Http</c>,
/// <c>Drain</c> and <c>Logs</c> under <c>Pipeline</c>.
/// </summary>
/// <remarks>Every wrong value is refused with its key path, the value found and what is valid; so is a key nobody knows.</remarks>
internal static class DaemonSection
{
    private const int RunsAtOnceMax = 4;
    private const int FoldersMax = 1000;
    private static readonly TimeSpan DurationMax = TimeSpan.FromDays(1);

    // Linux keeps times of files by its clock tick, up to 10 ms long: within that a change cannot be seen.
    private static readonly TimeSpan DurationMin = TimeSpan.FromMilliseconds(10);
    private static readonly string[] FolderKeys =
        ["Name", "Path", "Dataset", "Pattern", "Recursive", "QuietPeriod", "ScanEvery", "Afterwards", "Reader", "Marker"];
    private static readonly string[] DatasetKeys = ["Name"];
    private static readonly string[] StudyKeys = ["Name", "Dataset", "Study", "Response", "Group", "RunAfterReferences", "Schedule"];
    private static readonly string[] RunsKeys = ["AtOnce"];
    private static readonly string[] AfterwardsValues = ["leave", "move", "delete"];

    /// <summary>Reads the options.</summary>
    public static DaemonOptions Read(IConfiguration configuration)
    {
        IConfigurationSection section = configuration.GetSection("Pipeline");
        ImmutableArray<FolderOptions> folders = [.. section.GetSection("Folders").GetChildren().Select(Folder)];
        ImmutableArray<BoundStudyOptions> studies = [.. section.GetSection("Studies").GetChildren().Select(Study)];
        ImmutableArray<string> named = [.. section.GetSection("Datasets").GetChildren().Select(Dataset)];
        if (folders.IsEmpty && named.IsEmpty)
        {
            throw Refusal(
                "Pipeline:Folders",
                "found no watched folder. Add one: { \"Path\": \"/data/inbox\", \"Dataset\": \"wheat\" }; or name in Pipeline:Datasets what "
                    + "is filled over HTTP: { \"Name\": \"wheat\" }.");
        }

        if (folders.Length > FoldersMax)
        {
            throw Refusal(
                "Pipeline:Folders",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"found {folders.Length} watched folders, {FoldersMax} at most. Watch one above them, with Recursive."));
        }

        RefuseTwice("Pipeline:Datasets", [.. named]);
        RefuseTwice("Pipeline:Folders", [.. folders.Select(folder => folder.Name)]);
        RefuseTwice("Pipeline:Studies", [.. studies.Select(study => study.Name)]);
        string[] datasets = [.. folders.Select(folder => folder.Dataset).Concat(named).Distinct()];
        for (int i = 0; i < studies.Length; i++)
        {
            BoundStudyOptions study = studies[i];
            if (!datasets.Contains(study.Dataset))
            {
                throw Refusal(
                    At("Pipeline:Studies", i, "Dataset"),
                    $"study '{study.Name}' is bound to '{study.Dataset}', which no folder fills and Pipeline:Datasets does not "
                        + $"name.{Spelling.Suggest(study.Dataset, datasets)} "
                    + $"There are: {string.Join(", ", datasets)}.");
            }
        }

        string data = section["Data"] ?? "pipeline-data";
        for (int i = 0; i < folders.Length; i++)
        {
            RefuseWithin(folders[i], data, At("Pipeline:Folders", i, "Path"));
        }

        string logs = section["Logs"] ?? Path.Combine(data, "logs");
        return new DaemonOptions(data, folders, studies)
        {
            Datasets = named,
            DrainLimit = DrainLimit(section),
            RunsAtOnce = RunsAtOnce(section.GetSection("Runs")),
            LogsPath = logs == "none" ? null : logs,
            Http = HttpSection.Read(section),
        };
    }

    private static TimeSpan DrainLimit(IConfigurationSection section)
    {
        if (section["Drain"] is not { } text)
        {
            return Drain.LimitDefault;
        }

        return DurationText.TryParse(text, out TimeSpan limit) && limit <= Drain.LimitMax
            ? limit
            : throw Refusal("Pipeline:Drain", $"expected a duration such as '25 s', {Drain.LimitMax.TotalMinutes:0} min at most, found '{text}'.");
    }

    private static int RunsAtOnce(IConfigurationSection section)
    {
        RefuseUnknown(section, RunsKeys);
        string text = section["AtOnce"] ?? "1";
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count is >= 1 and <= RunsAtOnceMax
            ? count
            : throw Refusal($"{section.Path}:AtOnce", $"expected a whole number from 1 to {RunsAtOnceMax}, found '{text}'.");
    }

    private static Schedule? ScheduleOf(IConfigurationSection section)
    {
        if (section["Schedule"] is not { Length: > 0 } text)
        {
            return null;
        }

        return Schedule.Parse(text, out string wrong)
            ?? throw Refusal($"{section.Path}:Schedule", $"expected {Schedule.Forms}, found '{text}': {wrong}.");
    }

    private static bool IsWithin(string path, string folder) =>
        (Path.GetFullPath(path) + Path.DirectorySeparatorChar).StartsWith(
            Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    private static FolderOptions Folder(IConfigurationSection section)
    {
        RefuseUnknown(section, FolderKeys);
        string path = Required(section, "Path");
        TimeSpan quiet = Duration(section, "QuietPeriod", TimeSpan.FromSeconds(2));
        TimeSpan scan = Duration(section, "ScanEvery", TimeSpan.FromSeconds(10));
        string afterwards = section["Afterwards"] ?? "leave";
        if (!AfterwardsValues.Contains(afterwards))
        {
            throw Refusal(
                $"{section.Path}:Afterwards",
                $"expected {string.Join(", ", AfterwardsValues)}, found '{afterwards}'.{Spelling.Suggest(afterwards, AfterwardsValues)}");
        }

        string recursive = section["Recursive"] ?? "false";
        if (!bool.TryParse(recursive, out bool isRecursive))
        {
            throw Refusal($"{section.Path}:Recursive", $"expected true or false, found '{recursive}'.");
        }

        return new FolderOptions(
            section["Name"] ?? path, path, FileName(section, "Dataset"), section["Pattern"] ?? "*", isRecursive, quiet, scan, afterwards)
        {
            Reader = Reader(section),
            Marker = Marker(section),
        };
    }

    private static string? Reader(IConfigurationSection section)
    {
        string[] readers = [.. SpectraFormatsReaders.Every.All.Select(reader => reader.Name)];
        return section["Reader"] is not { } name || readers.Contains(name)
            ? section["Reader"]
            : throw Refusal($"{section.Path}:Reader", $"expected {string.Join(", ", readers)}, found '{name}'.{Spelling.Suggest(name, readers)}");
    }

    private static string? Marker(IConfigurationSection section) =>
        section["Marker"] is not { } ending || (
            ending.Length is > 1 and <= 32 && ending[0] == '.' && ending.All(letter => letter == '.' || char.IsAsciiLetterOrDigit(letter)))
            ? section["Marker"]
            : throw Refusal($"{section.Path}:Marker", $"expected an ending such as '.done', found '{ending}'.");

    private static string Dataset(IConfigurationSection section)
    {
        RefuseUnknown(section, DatasetKeys);
        return FileName(section, "Name");
    }

    private static BoundStudyOptions Study(IConfigurationSection section)
    {
        RefuseUnknown(section, StudyKeys);
        string after = section["RunAfterReferences"] ?? "20";
        if (!int.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out int count) || count < 1)
        {
            throw Refusal($"{section.Path}:RunAfterReferences", $"expected a whole number of 1 or more, found '{after}'.");
        }

        return new BoundStudyOptions(
            FileName(section, "Name"), FileName(section, "Dataset"), section["Study"], section["Response"], section["Group"], count)
        {
            Schedule = ScheduleOf(section),
        };
    }

    private static string FileName(IConfigurationSection section, string key)
    {
        string name = Required(section, key);
        return StorageNames.IsFolderName(name)
            ? name
            : throw Refusal($"{section.Path}:{key}", $"expected {StorageNames.FolderNameRule}, found '{name}'; it names a folder.");
    }

    private static string Required(IConfigurationSection section, string key) =>
        section[key] is { Length: > 0 } value ? value : throw Refusal($"{section.Path}:{key}", "found nothing. It is needed.");

    private static TimeSpan Duration(IConfigurationSection section, string key, TimeSpan usual)
    {
        if (section[key] is not { } text)
        {
            return usual;
        }

        return DurationText.TryParse(text, out TimeSpan duration) && duration >= DurationMin && duration <= DurationMax
            ? duration
            : throw Refusal($"{section.Path}:{key}", $"expected a duration such as '2 s' or '500 ms', 10 ms at least and one day at most, found '{text}'.");
    }

    /// <summary>Refuses a key that nobody knows, with the nearest that is known.</summary>
    internal static void RefuseUnknown(IConfigurationSection section, string[] keys)
    {
        foreach (IConfigurationSection child in section.GetChildren())
        {
            if (!keys.Contains(child.Key, StringComparer.OrdinalIgnoreCase))
            {
                throw Refusal(child.Path, $"the key is unknown.{Spelling.Suggest(child.Key, keys)} Valid keys: {string.Join(", ", keys)}.");
            }
        }
    }

    /// <summary>Refuses a folder whose files would be what the daemon writes.</summary>
    internal static void RefuseWithin(FolderOptions folder, string data, string key)
    {
        if (IsWithin(folder.Path, data) || (folder.IsRecursive && IsWithin(data, folder.Path)))
        {
            throw Refusal(key, $"'{folder.Path}' holds or lies in Data, '{data}'; the daemon would read its own results. Keep them apart.");
        }
    }

    /// <summary>A wrong value at a place of the configuration.</summary>
    internal static StageException Refusal(string key, string message, Exception? why = null) =>
        new(FailureKind.InvalidRequest, $"{key}: {message}", why) { Subject = key };

    /// <summary>The key path of an element of a list.</summary>
    internal static string At(string list, int index, string key) => string.Create(CultureInfo.InvariantCulture, $"{list}:{index}:{key}");

    private static void RefuseTwice(string list, string[] names)
    {
        for (int i = 0; i < names.Length; i++)
        {
            if (Array.IndexOf(names, names[i]) is var first && first < i)
            {
                throw Refusal(
                    At(list, i, "Name"),
                    string.Create(CultureInfo.InvariantCulture, $"the name '{names[i]}' is that of {list}:{first}, too. Give each its own."));
            }
        }
    }
}
