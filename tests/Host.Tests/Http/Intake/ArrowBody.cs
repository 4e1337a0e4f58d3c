using System.Globalization;
using Apache.Arrow;
using Apache.Arrow.Compression;
using Apache.Arrow.Ipc;
using Pipeline.Stages.Spectra;
using Pipeline.Stages.Spectra.Readers;

namespace Pipeline.Host.Tests.Http.Intake;

/// <summary>Arrow streams as clients send them, and requests that carry them.</summary>
internal static class ArrowBody
{
    public const string MediaType = "application/vnd.apache.arrow.stream";

    /// <summary>A stream with a batch for each chunk.</summary>
    public static byte[] Of(params SpectralChunk[] chunks) => Of(null, chunks);

    /// <summary>A stream that is written in some way.</summary>
    public static byte[] Of(IpcOptions? options, params SpectralChunk[] chunks)
    {
        RecordBatch[] batches = [.. chunks.Select(ArrowSpectraWriter.Batch)];
        using var bytes = new MemoryStream();
        using (var writer = new ArrowStreamWriter(bytes, batches[0].Schema, leaveOpen: true, options))
        {
            foreach (RecordBatch batch in batches)
            {
                writer.WriteRecordBatch(batch);
                batch.Dispose();
            }

            writer.WriteEnd();
        }

        return bytes.ToArray();
    }

    public static IpcOptions Compressed { get; } = new()
    {
        CompressionCodec = CompressionCodecType.Zstd,
        CompressionCodecFactory = new CompressionCodecFactory(),
    };

    /// <summary>The same chunk with a number in a place.</summary>
    public static SpectralChunk With(SpectralChunk chunk, int row, int variable, double value)
    {
        var x = chunk.X.SelectRows([.. Enumerable.Range(0, chunk.X.Rows)]);
        x[row, variable] = value;
        return new SpectralChunk(chunk.Ids, chunk.Axis, x, chunk.Responses, chunk.Labels);
    }

    /// <summary>A request with batches.</summary>
    public static HttpRequestMessage Request(byte[] body, string dataset = "wheat", string? key = null, bool isLines = false, bool isChunked = false)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/datasets/{dataset}/batches") { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new(MediaType);
        if (isChunked)
        {
            request.Headers.TransferEncodingChunked = true;
        }

        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }

        if (isLines)
        {
            request.Headers.Accept.Add(new("application/x-ndjson"));
        }

        return request;
    }

    /// <summary>The head of a request on the wire.</summary>
    public static string Head(string framing, string dataset = "wheat", string more = "") => string.Create(
        CultureInfo.InvariantCulture,
        $"POST /v1/datasets/{dataset}/batches HTTP/1.1\r\nHost: localhost\r\nContent-Type: {MediaType}\r\n{framing}\r\n{more}Connection: close\r\n\r\n");
}
