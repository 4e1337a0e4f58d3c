using Microsoft.Extensions.Configuration;
using Pipeline.Engine;
using Pipeline.Host.Configuration;
using Xunit;

namespace Pipeline.Host.Tests.Configuration;

/// <summary>That every refusal names the place that a person must mend.</summary>
public sealed class SettingsSourceTests : IDisposable
{
    private const string Good =
        """
        {
          "Pipeline": {
            "Data": "pipeline-data",
            "Memory": "64 MiB", "Threads": 1,
            "Folders": [
              { "Path": "/in/a", "Dataset": "wheat" },
              { "Path": "/in/b", "Dataset": "corn", "Name": "b", "QuietPeriod": "2 s" }
            ],
            "Studies": [ { "Name": "protein", "Dataset": "wheat", "Response": "protein" } ],
            "Http": { "Listen": "http://127.0.0.1:0" }
          }
        }
        """;

    private readonly CommandHarness _shell = new();

    public void Dispose() => _shell.Dispose();

    [Theory]
    [InlineData("\"Memory\"", "\"Memry\"", "4:5: Pipeline:Memry: the key is unknown. Did you mean 'Memory'?")]
    [InlineData("\"64 MiB\"", "\"much\"", "4:5: Pipeline:Memory: expected a size of at least 16 MiB such as '2 GiB', or 'auto', found 'much'.")]
    [InlineData("\"64 MiB\"", "\"1000 TiB\"", "4:5: Pipeline:Memory: found 1000 TiB, but the machine or the container lets this process have")]
    [InlineData("\"Threads\": 1", "\"Threads\": 0", "4:25: Pipeline:Threads: expected a whole number from 1 to 1024, or 'auto', found '0'.")]
    [InlineData("\"2 s\"", "\"soon\"", "7:58: Pipeline:Folders:1:QuietPeriod: expected a duration")]
    [InlineData("\"2 s\"", "\"9 ms\"", "7:58: Pipeline:Folders:1:QuietPeriod: expected a duration such as '2 s' or '500 ms', 10 ms at least")]
    [InlineData("\"Path\": \"/in/b\", ", "", "7:7: Pipeline:Folders:1:Path: found nothing. It is needed.")]
    [InlineData("\"b\"", "\"/in/a\"", "7:45: Pipeline:Folders:1:Name: the name '/in/a' is that of Pipeline:Folders:0, too.")]
    [InlineData("\"/in/b\"", "\"pipeline-data/in\"", "7:9: Pipeline:Folders:1:Path: 'pipeline-data/in' holds or lies in Data")]
    [InlineData("\"wheat\", \"Response\"", "\"weat\", \"Response\"", "9:39: Pipeline:Studies:0:Dataset: study 'protein' is bound to 'weat', "
        + "which no folder fills and Pipeline:Datasets does not name. Did you mean 'wheat'?")]
    [InlineData("\"Response\": \"protein\"", "\"Study\": \"/nowhere.json\"", "9:59: Pipeline:Studies:0:Study: ")]
    [InlineData(", \"Response\": \"protein\"", "", "9:18: Pipeline:Studies:0:Study: Study 'protein' names no response.")]
    [InlineData("http://127.0.0.1:0", "of", "10:15: Pipeline:Http:Listen: expected 'off'")]
    [InlineData("\"http://127.0.0.1:0\"", "\"http://127.0.0.1:0\", \"Token\": \"/nowhere\"", "10:47: Pipeline:Http:Token: '/nowhere' cannot be used")]
    [InlineData("\"Threads\": 1,", "\"Threads\": 1;", "4:37: ';' is an invalid")]
    [InlineData("\"Threads\": 1,", "\"Threads\": 1, \"THREADS\": 2,", "4:39: 'Pipeline:THREADS' stands there twice, first in line 4.")]
    public void Read_OneThingWrong_NamesFileLineColumnKeyValueAndWhatIsValid(string from, string to, string expected)
    {
        string text = Good.Replace(from, to, StringComparison.Ordinal);
        Assert.NotEqual(Good, text);
        string path = _shell.Write("s.json", text);
        StageException refused = Assert.Throws<StageException>(() => new SettingsSource(Nothing, path).Read());
        Assert.Equal(FailureKind.InvalidRequest, refused.Kind);
        Assert.StartsWith($"{path}:{expected}", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_WhatLiesBesideTheProgramChanged_IsReadAnewOrRefused()
    {
        // Nobody watches that file; a signal asks for it (docs/OPERATING.md).
        string path = _shell.Write("appsettings.json", Good);
        using var beside = (ConfigurationRoot)new ConfigurationBuilder().AddJsonFile(path, optional: true, reloadOnChange: false).Build();
        var source = new SettingsSource(beside, null);
        Assert.Equal(64 << 20, source.Read().Process.MemoryBytes);
        _shell.Write("appsettings.json", Good.Replace("64 MiB", "32 MiB", StringComparison.Ordinal));
        Assert.Equal(32 << 20, source.Read().Process.MemoryBytes);
        _shell.Write("appsettings.json", Good.Replace("\"Threads\": 1,", "\"Threads\": 1;", StringComparison.Ordinal));
        StageException refused = Assert.Throws<StageException>(source.Read);
        Assert.StartsWith("appsettings.json: ';' is an invalid", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_EverythingRight_IsRead()
    {
        Settings settings = new SettingsSource(Nothing, _shell.Write("s.json", "\uFEFF" + Good)).Read();
        Assert.Equal((64L << 20, 2), (settings.Process.MemoryBytes, settings.Daemon.Folders.Length));
    }

    [Theory]
    [InlineData("", "s.json:1:1: ")]
    [InlineData("{ \"Pipeline\": ", "s.json:1:1")]
    [InlineData("[ 1 ]", "s.json: found JSON, but no object")]
    [InlineData("3", "s.json: found JSON, but no object")]
    [InlineData("{}", "Pipeline:Folders: found no watched folder")]
    public void Read_NotEvenAnObject_IsRefused(string text, string expected)
    {
        string path = _shell.Write("s.json", text);
        string message = Assert.Throws<StageException>(() => new SettingsSource(Nothing, path).Read()).Message;
        Assert.Contains(expected, message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_BytesThatAreNoText_AreRefused()
    {
        string path = _shell.PathOf("s.json");
        File.WriteAllBytes(path, [.. "{ \"a"u8, 0xFF, .. "\": 1 }"u8]);
        Assert.Contains("not UTF-8", Assert.Throws<StageException>(() => new SettingsSource(Nothing, path).Read()).Message, StringComparison.Ordinal);
        File.WriteAllBytes(path, new byte[SettingsFile.BytesMax + 1]);
        Assert.Contains("longer than 1 MiB", Assert.Throws<StageException>(() => new SettingsSource(Nothing, path).Read()).Message, StringComparison.Ordinal);
        Assert.Contains(
            "cannot be read",
            Assert.Throws<StageException>(() => new SettingsSource(Nothing, _shell.PathOf("gone")).Read()).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ValueOfTheEnvironment_NamesTheVariable()
    {
        // A prefix of its own: other tests of this process read the environment, too.
        Environment.SetEnvironmentVariable("SettingsSourceTests_Pipeline__Folders__0__Recursiv", "1");
        IConfigurationRoot root = new ConfigurationBuilder().AddEnvironmentVariables("SettingsSourceTests_").Build();
        string path = _shell.Write("s.json", Good);
        string message = Assert.Throws<StageException>(() => new SettingsSource(root, path).Read()).Message;
        Assert.StartsWith(
            "environment variable Pipeline__Folders__0__Recursiv: Pipeline:Folders:0:Recursiv: the key is unknown. Did you mean "
                + "'Recursive'?", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ValueBesideTheProgram_NamesThatFile()
    {
        string beside = _shell.Write("appsettings.json", "{ \"Pipeline\": {\n  \"DiskReserve\": \"none\" } }");
        var builder = new ConfigurationBuilder();
        IConfigurationRoot root = builder.AddJsonFile(beside, optional: false, reloadOnChange: false).Build();
        string message = Assert.Throws<StageException>(() => new SettingsSource(root, _shell.Write("s.json", Good)).Read()).Message;
        Assert.StartsWith($"{beside}:2:3: Pipeline:DiskReserve: expected a size", message, StringComparison.Ordinal);
    }

    private static IConfigurationRoot Nothing => new ConfigurationBuilder().Build();
}
