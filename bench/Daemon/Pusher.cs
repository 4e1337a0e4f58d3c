using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Pipeline.Stages.Numerics;

namespace Pipeline.DaemonBench;

/// <summary>Clients that push record batches as fast as they are answered, whatever becomes of the daemon meanwhile.</summary>
/// <remarks>
/// A batch that was not acknowledged is sent again until it is; one that was acknowledged is never sent again. What the daemon
/// acknowledges is kept in mind by the laboratory, and must be there in the end. Safe for all threads.
/// </remarks>
internal sealed class Pusher(Laboratory laboratory, string dataset, Claims claims) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PauseMax = TimeSpan.FromSeconds(1);
    private readonly HttpClient _http = new();
    private volatile Uri? _address;
    private int _acknowledged;
    private int _heldBack;
    private int _cutOff;

    /// <summary>Where the daemon listens at the moment.</summary>
    public Uri? Address
    {
        get => _address;
        set => _address = value;
    }

    /// <summary>Batches that were acknowledged; requests that were told to come later; requests without an answer.</summary>
    public (int Acknowledged, int HeldBack, int CutOff) Counts => (_acknowledged, _heldBack, _cutOff);

    /// <summary>Pushes one batch after the other until it is over; the last one is pushed to its end.</summary>
    public async Task RunAsync(int client, int rows, int variables, CancellationToken over)
    {
        var x = new Matrix(rows, variables);
        var random = new Random(client);
        for (int i = 0; i < rows; i++)
        {
            foreach (ref double value in x.Row(i))
            {
                value = 0.5 + random.NextDouble();
            }
        }

        for (int number = 0; !over.IsCancellationRequested; number++)
        {
            byte[] body = LabFiles.Batch($"H{client}N{number:000000}", number, x);
            while (!await TryPushAsync(body, rows))
            {
            }
        }
    }

    public void Dispose() => _http.Dispose();

    private async Task<bool> TryPushAsync(byte[] body, int rows)
    {
        if (_address is not { } address)
        {
            await Task.Delay(Pause);
            return false;
        }

        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(address, $"v1/datasets/{dataset}/batches")) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new("application/vnd.apache.arrow.stream");

        // A daemon that is killed gives no answer; nothing is known of the batch then, and it is sent again.
        try
        {
            using HttpResponseMessage answer = await _http.SendAsync(request);
            string text = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                foreach (JsonNode? one in JsonNode.Parse(text)!["acknowledged"]!.AsArray())
                {
                    laboratory.NoteAcknowledged(dataset, (string)one!["digest"]!, rows, body.Length);
                    Interlocked.Increment(ref _acknowledged);
                }

                return true;
            }

            bool isLater = answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
            claims.Hold(isLater, "whoever pushes is acknowledged or told to come later", string.Create(CultureInfo.InvariantCulture, $"{(int)answer.StatusCode} {text}"));
            Interlocked.Increment(ref _heldBack);
            TimeSpan wait = answer.Headers.RetryAfter?.Delta ?? Pause;
            await Task.Delay(wait < PauseMax ? wait : PauseMax);
            return !isLater;
        }
        catch (Exception gone) when (gone is HttpRequestException or SocketException or IOException or TaskCanceledException)
        {
            Interlocked.Increment(ref _cutOff);
            await Task.Delay(Pause);
            return false;
        }
    }
}
