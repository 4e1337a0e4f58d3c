using System.Text.Json;
using Apache.Arrow.Ipc;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Foreign;

/// <summary>All tables of both sides, in two runs of Node.</summary>
public sealed class ArrowExchange : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("arrow-foreign-");

    /// <summary>The folder of the files that the partner wrote.</summary>
    public string Theirs => _folder.CreateSubdirectory("theirs").FullName;

    /// <summary>What the partner holds in them.</summary>
    public JsonElement Expected { get; private set; }

    /// <summary>What the partner read in our files.</summary>
    public JsonElement Read { get; private set; }

    internal OurTable[] Tables { get; private set; } = [];

    public async Task InitializeAsync()
    {
        if (ForeignPartner.Arrow.SkipReason is not null)
        {
            return;
        }

        await ForeignPartner.Arrow.RunAsync("write", Theirs);
        Expected = JsonElement.Parse(await File.ReadAllTextAsync(Path.Combine(Theirs, "expected.json")));
        string ours = _folder.CreateSubdirectory("ours").FullName;
        Tables = [.. OurTable.All(), OurTable.GrownDictionary(), OurTable.ReplacedDictionary()];
        foreach (OurTable table in Tables)
        {
            table.Write(ours, "stream");
        }

        Tables[0].Write(ours, "stream", ".legacy", new IpcOptions { WriteLegacyIpcFormat = true });
        foreach (OurTable table in Tables[..^1])
        {
            table.Write(ours, "arrow");
        }

        Read = JsonElement.Parse(await ForeignPartner.Arrow.RunAsync("read", ours));
    }

    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }
}
