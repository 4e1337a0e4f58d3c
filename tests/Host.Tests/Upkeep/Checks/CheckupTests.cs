using System.Collections.Immutable;
using Pipeline.Host.Tests.Upkeep.Backups;
using Pipeline.Host.Upkeep.Checks;
using Xunit;

namespace Pipeline.Host.Tests.Upkeep.Checks;

/// <summary>Each check is made to fail once, and says what and how to mend it.</summary>
[Collection(LaboratoryData.Collection)]
public sealed class CheckupTests(LaboratoryData laboratory)
{
    private const FindingLevel Warning = FindingLevel.Warning;
    private const FindingLevel Problem = FindingLevel.Problem;
    private const FindingLevel Damage = FindingLevel.Damage;

    private static readonly Dictionary<string, (Action<CheckedWorld> Spoil, string Check, FindingLevel Level, string Found, string Mend)> Cases = new()
    {
        ["unknown key"] = (
            w => w.Set("\"Memory\"", "\"Memry\""),
            "settings",
            Problem,
            "settings.json:4:5: Pipeline:Memry: the key is unknown. Did you mean 'Memory'?",
            "OPERATING"),
        ["wrong value"] = (w => w.Set("\"wheat\" }", "\"wheat\", \"QuietPeriod\": \"soon\" }"), "settings", Problem, "settings.json:6:", "Correct the value"),
        ["needed and absent"] = (
            w => w.Set("\"Path\"", "\"Pattern\""),
            "settings",
            Problem,
            "settings.json:6:7: Pipeline:Folders:0:Path: found nothing. It is needed.",
            "Correct"),
        ["no JSON"] = (w => w.Set("\"Threads\": 1,", "\"Threads\": 1;"), "settings", Problem, "settings.json:4:36: ';' is an invalid", "Mend the file"),
        ["no object"] = (w => w.Settings = "[]", "settings", Problem, "found JSON, but no object", "Mend the file"),
        ["folder inside data"] = (w => w.Set(w.Inbox, Path.Combine(w.Data, "inbox")), "settings", Problem, "holds or lies in Data", "Correct"),
        ["token too short"] = (w => w.SetHttp("\"Token\": ", "token", "short"), "settings", Problem, "settings.json:4:", "Correct"),
        ["certificate of nothing"] = (
            w => w.SetHttp("\"Listen\": \"https://127.0.0.1:5190\", \"Certificate\": ", "cert.pem", "nothing"),
            "settings",
            Problem,
            "cert.pem' cannot be used",
            "Correct"),
        ["no data, no right"] = (w => { w.Set(w.Data, w.Data + "/x/y"); w.Facts = w.Facts with { MayWrite = _ => false }; }, "data folder", Problem, "may not be written by this user", "Make the folder"),
        ["data not writable"] = (
            w => w.Facts = w.Facts with { MayWrite = path => path != w.Data },
            "data folder",
            Problem,
            "may not be read and written",
            "chown"),
        ["another user asks"] = (w => w.Facts = w.Facts with { User = 4711 }, "data folder", Warning, "asked by user 4711", "Run this as the daemon's user"),
        ["network share"] = (
            w => w.Storage.Network = path => path == w.Data ? "NFS" : null,
            "file system",
            Problem,
            "(NFS)",
            "Put Data on a disk of this machine"),
        ["restore cut off"] = (w => File.WriteAllText(Path.Combine(w.Data, "restore-unfinished"), ""), "daemon", Damage, "was cut off", "no daemon starts"),
        ["disk full"] = (w => w.Storage.Free = _ => 200 << 20, "disk space", Problem, "200 MiB free, the reserve is 256 MiB: the daemon pauses", "Make room"),
        ["disk nearly full"] = (w => w.Storage.Free = _ => 512 << 20, "disk space", Warning, "512 MiB free", "DiskReserve"),
        ["no watched folder"] = (w => Directory.Delete(w.Inbox), "folder instrument", Problem, "is not there", "mount the share"),
        ["folder unreadable"] = (
            w => w.Facts = w.Facts with { MayRead = path => path != w.Inbox },
            "folder instrument",
            Problem,
            "may not be read",
            "right to read"),
        ["folder not writable"] = (
            w => { w.Set("\"wheat\" }", "\"wheat\", \"Afterwards\": \"move\" }"); w.Facts = w.Facts with { MayWrite = path => path != w.Inbox }; },
            "folder instrument", Problem, "finished sources are to be moved", "set Afterwards to 'leave'"),
        ["more memory than there is"] = (
            w => w.Facts = w.Facts with { MemoryBytes = 512 << 20 },
            "memory",
            Problem,
            "1 GiB; the machine or the container lets this process have 512 MiB",
            "Lower Pipeline:Memory"),
        ["nearly all memory"] = (w => w.Facts = w.Facts with { MemoryBytes = 1100 << 20 }, "memory", Warning, "little is left", "auto"),
        ["more threads than processors"] = (w => w.Set("\"Threads\": 1", "\"Threads\": 3"), "threads", Warning, "3 on 2 processors", "Lower Pipeline:Threads"),
        ["no SQLite"] = (w => w.Facts = w.Facts with { SqliteVersion = null }, "SQLite", Problem, "No SQLite library", "libsqlite3-0"),
        ["no LZ4"] = (w => w.Facts = w.Facts with { HasLz4 = false }, "LZ4", Warning, "go to quarantine", "liblz4-1"),
        ["no Zstandard"] = (w => w.Facts = w.Facts with { HasZstandard = false }, "Zstandard", Warning, "go to quarantine", "libzstd1"),
        ["clock of 1970"] = (w => w.Facts = w.Facts with { Now = DateTimeOffset.UnixEpoch }, "clock", Problem, "1970-01-01", "NTP"),
        ["clock behind the state"] = (
            w => w.Facts = w.Facts with { Now = new DateTimeOffset(2025, 1, 2, 0, 0, 0, TimeSpan.Zero) },
            "clock",
            Warning,
            "the clock says 2025-01-02",
            "Set the clock"),
        ["few open files"] = (w => w.Facts = w.Facts with { OpenFilesMax = 256 }, "open files", Warning, "256 files open", "LimitNOFILE"),
        ["few watches"] = (w => w.Facts = w.Facts with { WatchesMax = 0 }, "folder events", Warning, "the system allows 0", "max_user_watches"),
        ["few watchers"] = (w => w.Facts = w.Facts with { WatchersMax = 4 }, "folder events", Warning, "by 4 watchers", "max_user_instances"),
        ["no state"] = (w => File.Delete(Path.Combine(w.Data, "state.db")), "state", Damage, "is missing, though datasets lie beside it", "Restore a backup"),
        ["no database"] = (w => File.WriteAllText(Path.Combine(w.Data, "state.db"), "nonsense"), "state", Damage, "is damaged", "restore the latest backup"),
        ["newer engine"] = (w => w.Change("UPDATE part SET version = 99 WHERE name = 'engine'"), "state", Problem, "version 99", "Nothing was changed"),
        ["newer host"] = (w => w.Change("UPDATE part SET version = 99 WHERE name = 'host'"), "state", Problem, "host 99", "Use the program that wrote it"),
        ["older host"] = (w => w.Change("UPDATE part SET version = 0 WHERE name = 'host'"), "state", Warning, "host 0", "The next start upgrades"),
        ["pages damaged"] = (w => Overwrite(Path.Combine(w.Data, "state.db")), "state", Damage, "is damaged", "restore the latest backup"),
        ["source missing"] = (w => File.Delete(w.FileOf("/sources/")), "dataset wheat", Damage, "Missing or of another length: 1", "Copy them from a backup"),
        ["result missing"] = (w => File.Delete(w.FileOf("results/")), "results", Warning, "of them missing: 1,", "computed again"),
        ["orphan result"] = (
            w => File.WriteAllText(w.FileOf("results/") + "0", "?"),
            "results",
            Warning,
            "of them missing: 0, not named: 1",
            "the next start removes"),
        ["model damaged"] = (
            w => BackupMakerTests.FlipBit(w.FileOf("model/arrays.arrow")),
            "model of protein",
            Damage,
            "arrays.arrow",
            "Copy its folder from a backup"),
        ["quarantine"] = (_ => { }, "quarantine", Warning, "1 of dataset wheat", "mend the file"),
        ["study is no JSON"] = (w => File.WriteAllText(w.Study, "{"), "study protein", Problem, "study.json", "Correct the study file"),
        ["study is gone"] = (w => File.Delete(w.Study), "study protein", Problem, "study.json", "Correct the study file"),
        ["response unknown"] = (
            w => w.Set("\"Dataset\": \"wheat\",\n", "\"Dataset\": \"wheat\", \"Response\": \"protien\",\n"),
            "study protein",
            Warning,
            "no response 'protien'",
            "Correct Response"),
        ["cache damaged"] = (w => w.DamageCache(), "cache", Warning, "Damaged, and deleted now: 1", "computed again"),
    };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Run_OneThingWrong_IsFoundWithItsRemedy(string name)
    {
        using var world = new CheckedWorld(laboratory);
        (Action<CheckedWorld> spoil, string check, FindingLevel level, string found, string mend) = Cases[name];
        spoil(world);
        ImmutableArray<Finding> findings = world.Check();
        Assert.True(
            findings.Any(finding => finding.Check == check && finding.Level == level
                && finding.Found.Contains(found, StringComparison.Ordinal) && finding.Mend.Contains(mend, StringComparison.Ordinal)),
            string.Join('\n', findings));
    }

    [Fact]
    public void Run_AllInOrder_FindsTheQuarantineAlone()
    {
        using var world = new CheckedWorld(laboratory);
        ImmutableArray<Finding> findings = world.Check();
        Assert.Equal("quarantine", Assert.Single(findings, finding => finding.Level != FindingLevel.Ok).Check);
        string[] checks = ["settings", "data folder", "file system", "daemon", "disk space", "folder instrument", "memory", "threads", "SQLite", "LZ4",
            "Zstandard", "clock", "open files", "folder events", "state", "clock", "dataset wheat", "results", "model of protein", "quarantine",
            "study protein", "cache"];
        Assert.Equal(checks, findings.Select(finding => finding.Check));
    }

    [Fact]
    public void Run_NothingThereYet_IsInOrder()
    {
        using var world = new CheckedWorld(laboratory);
        Directory.Delete(world.Data, recursive: true);
        Assert.All(world.Check(), finding => Assert.Equal(FindingLevel.Ok, finding.Level));
    }

    [Fact]
    public void Run_SeveralSettingsWrong_NamesThemAllAndNothingElse()
    {
        using var world = new CheckedWorld(laboratory);
        world.Set("\"Memory\": \"1 GiB\"", "\"Memory\": \"much\", \"Foldrs\": 3");
        world.Set("\"Dataset\": \"wheat\" }", "\"Dataset\": \"whe/at\", \"QuietPeriod\": \"soon\", \"Recursiv\": true }");
        world.Set("\"Name\": \"protein\",", "\"RunAfterReferences\": 0,");
        string[] found = [.. world.Check().Where(finding => finding is { Check: "settings", Level: FindingLevel.Problem }).Select(finding => finding.Found)];
        Assert.Equal(7, found.Length);
        foreach (string expected in new[]
        {
            "Pipeline:Memory: expected a size", "settings.json:4:23: Pipeline:Foldrs: the key is unknown. Did you mean 'Folders'?",
            "found 'whe/at'", "found 'soon'",
            "'Recursive'?", "Pipeline:Studies:0:RunAfterReferences", "Pipeline:Studies:0:Name: found nothing",
        })
        {
            Assert.Single(found, message => message.Contains(expected, StringComparison.Ordinal));
        }
    }

    private static void Overwrite(string path)
    {
        // Every page but the first: the file is still a database, and no table of it can be read.
        using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
        byte[] rest = new byte[file.Length - 4096];
        Array.Fill(rest, (byte)0x5A);
        file.Position = 4096;
        file.Write(rest);
    }
}
