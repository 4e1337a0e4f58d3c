using System.Text.Json;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Arrow.Tests.Foreign;

/// <summary>All frames of both sides, in two runs of Node.</summary>
public sealed class PolarsExchange : IAsyncLifetime
{
    internal static readonly (string Name, CompressionCodecType? Codec)[] Codecs =
        [("uncompressed", null), ("lz4", CompressionCodecType.Lz4Frame), ("zstd", CompressionCodecType.Zstd)];

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("polars-foreign-");

    /// <summary>The folder of the files that the partner wrote.</summary>
    public string Theirs => _folder.CreateSubdirectory("theirs").FullName;

    /// <summary>The folder of ours, and of the partner's copies beside them.</summary>
    public string Ours => _folder.CreateSubdirectory("ours").FullName;

    /// <summary>What the partner read in our files.</summary>
    public JsonElement Read { get; private set; }

    internal OurTable[] Tables { get; } =
    [
        .. OurTable.All().Select(Readable),
        OurTable.Spectra("spectra", samples: 100, variables: 700),
        OurTable.Spectra("tall", samples: 100_000, variables: 1),
        OurTable.LoneDecimal(),
        OurTable.ShortViews(),
        OurTable.GrownDictionary(),
        OurTable.ReplacedDictionary(),
    ];

    public async Task InitializeAsync()
    {
        if (ForeignPartner.Polars.SkipReason is not null)
        {
            return;
        }

        await ForeignPartner.Polars.RunAsync("write", Theirs);
        foreach ((string name, CompressionCodecType? codec) in Codecs)
        {
            var options = new IpcOptions { CompressionCodec = codec, CompressionCodecFactory = new CompressionCodecFactory() };
            foreach (OurTable table in Tables)
            {
                table.Write(Ours, "stream", $".{name}", options);
            }

            foreach (OurTable table in Tables[..^1])
            {
                table.Write(Ours, "arrow", $".{name}", options);
            }
        }

        Read = JsonElement.Parse(await ForeignPartner.Polars.RunAsync("copy", Ours));
    }

    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>A table without what polars cannot read in short batches, which has tests of its own.</summary>
    private static OurTable Readable(OurTable table) => table.Name is "batches" or "slices" or "no rows" or "no batches"
        ? table.Without("byte views", "decimals")
        : table;
}
