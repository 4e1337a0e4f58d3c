using Pipeline.Host.Datasets;
using System.Text;
using System.Text.Json;
using Pipeline.Engine;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Tests.Datasets;

/// <summary>Chunks as wide text tables behind a comment line that states the role of every column.</summary>
/// <remarks>Exact, and easy to look at; several times the size of a binary form.</remarks>
internal sealed class CsvChunkCodec : IChunkCodec
{
    private const int RolesBytesMax = 1 << 20;

    /// <inheritdoc/>
    public string Extension => ".csv";

    /// <inheritdoc/>
    public void Write(SpectralChunk chunk, Stream target)
    {
        ArgumentNullException.ThrowIfNull(chunk);
        var roles = new Roles([.. chunk.Responses.Select(r => r.Name)], [.. chunk.Labels.Select(l => l.Name)]);
        target.Write(Encoding.UTF8.GetBytes($"# {JsonSerializer.Serialize(roles)}\n"));
        WideCsvWriter.Write(chunk, target);
    }

    /// <inheritdoc/>
    public SpectralChunk Read(Stream source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var line = new List<byte>();
        for (int next; (next = source.ReadByte()) is not (-1 or '\n') && line.Count < RolesBytesMax;)
        {
            line.Add((byte)next);
        }

        // The first line is ours: whatever is wrong with it is damage of the file.
        try
        {
            Roles roles = JsonSerializer.Deserialize<Roles>(Encoding.UTF8.GetString([.. line]).TrimStart('#', ' '))!;
            WideCsvOptions options = WideCsvOptions.Default with
            {
                Delimiter = ',', DecimalMark = '.', IdColumn = "sample_id", Responses = [.. roles.Responses], Labels = [.. roles.Labels],
            };
            return WideCsvReader.Read(source, options).Chunk;
        }
        catch (JsonException error)
        {
            throw new StageException(FailureKind.InvalidData, $"The first line of a chunk is damaged: {error.Message}", error);
        }
    }

    private sealed record Roles(string[] Responses, string[] Labels);
}
