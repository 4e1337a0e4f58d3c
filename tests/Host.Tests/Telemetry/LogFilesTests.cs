using System.Text.Json;
using Microsoft.Extensions.Logging;
using Pipeline.Engine;
using Pipeline.Host.Telemetry;
using Xunit;

namespace Pipeline.Host.Tests.Telemetry;

public sealed class LogFilesTests : IDisposable
{
    private readonly CommandHarness _shell = new();

    private string Folder => _shell.PathOf("logs");

    public void Dispose() => _shell.Dispose();

    [Fact]
    public void Open_ThenLog_WritesLinesWithEventIdTemplateAndScope()
    {
        using (ILoggerFactory factory = LoggerFactory.Create(builder => builder.AddProvider(LogFiles.Open(Folder))))
        {
            ILogger log = factory.CreateLogger("Pipeline");
            using (log.BeginScope(new Dictionary<string, object> { ["Study"] = "protein" }))
            {
                log.LeftForNextStart("the rest");
            }

            log.Planned(candidates: 1, units: 1, cpuSeconds: 1);
        }

        using JsonDocument line = JsonDocument.Parse(Assert.Single(File.ReadAllLines(Assert.Single(Directory.GetFiles(Folder)))));
        Assert.Equal("Left for the next start: {Work}.", line.RootElement.GetProperty("MessageTemplate").GetString());
        JsonElement properties = line.RootElement.GetProperty("Properties");
        Assert.Equal("the rest", properties.GetProperty("Work").GetString());
        Assert.Equal("protein", properties.GetProperty("Study").GetString());
        Assert.Equal(1151, properties.GetProperty("EventId").GetProperty("Id").GetInt32());
    }

    [Fact]
    public void Open_MoreThanIsKept_KeepsTheLatestFilesOnly()
    {
        Directory.CreateDirectory(Folder);
        for (int day = 1; day <= 20; day++)
        {
            File.WriteAllText(Path.Combine(Folder, $"pipeline-202001{day:00}.json"), "{}");
        }

        using (ILoggerFactory factory = LoggerFactory.Create(builder => builder.AddProvider(LogFiles.Open(Folder))))
        {
            factory.CreateLogger("Pipeline").LeftForNextStart("one");
        }

        Assert.Equal(LogFiles.FilesMax, Directory.GetFiles(Folder).Length);
        Assert.True(File.Exists(Path.Combine(Folder, "pipeline-20200120.json")));
    }

    [Fact]
    public void Open_FolderThatCannotBeMade_NamesTheSetting()
    {
        string file = _shell.Write("file", "");
        StageException refused = Assert.Throws<StageException>(() => LogFiles.Open(Path.Combine(file, "logs")));
        Assert.Equal(FailureKind.Storage, refused.Kind);
        Assert.Contains("Pipeline:Logs", refused.Message, StringComparison.Ordinal);
    }
}
