using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Pipeline.Engine;
using Pipeline.Engine.State;
using Pipeline.Engine.Storage;
using Pipeline.Host.Http;
using Pipeline.Host.Http.Live;
using Pipeline.Host.State;
using Xunit;

namespace Pipeline.Host.Tests.Http.Live;

public sealed class EventStreamsTests : IAsyncLifetime, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly HttpLimits Quick = HttpLimits.Default with
    {
        StreamLookEvery = TimeSpan.FromMilliseconds(5),
        StreamProgressEvery = TimeSpan.FromMilliseconds(20),
        StreamsMax = 2,
        StreamItemsMax = 8,
    };

    private readonly CommandHarness _shell = new();
    private StateDatabase? _state;
    private EventStreams? _streams;
    private string? _word;

    private StateDatabase State => _state!;

    private EventStreams Streams => _streams!;

    public Task InitializeAsync()
    {
        Open();
        return Task.CompletedTask;
    }

    public async Task DisposeAsync()
    {
        await Streams.DisposeAsync();
        await State.DisposeAsync();
    }

    public void Dispose() => _shell.Dispose();

    [Fact]
    public async Task WriteAsync_EventsBeforeAndWhileItRuns_ComeOnceAndInOrder()
    {
        // Events are written by another loop all the time, so that some fall between replay and the present.
        using var stop = new CancellationTokenSource();
        Task writing = WriteUntilAsync(stop.Token);
        await TellAsync("first");
        using (Reading stream = Read(null, 0))
        {
            long[] ids = [.. (await stream.TakeAsync(200)).Select(one => one.Id)];
            Assert.Equal(Enumerable.Range((int)ids[0], ids.Length).Select(one => (long)one), ids);
        }

        await stop.CancelAsync();
        await writing;
    }

    [Fact]
    public async Task WriteAsync_ClientComesAgainAfterARestart_GetsWhatItMissed()
    {
        await TellAsync("a", "b");
        long last;
        using (Reading stream = Read(null, 0))
        {
            last = (await stream.UntilAsync("b")).Id;
        }

        await TellAsync("c");
        await DisposeAsync();
        Open();
        await TellAsync("d");
        using Reading again = Read(null, last);
        Assert.Equal(["c", "d"], (await again.TakeAsync(2)).Select(one => one.Text));
        await TellAsync("e");
        Assert.Equal("e", (await again.TakeAsync(1))[0].Text);
    }

    [Fact]
    public async Task WriteAsync_EventWasDropped_SaysSoFirst()
    {
        await TellAsync([.. Enumerable.Range(0, 30).Select(i => $"{i}")]);
        using Reading stream = Read(null, 1);
        Message gap = (await stream.TakeAsync(1))[0];
        Assert.Equal("gap", gap.Event);
        long from = gap.Data.GetProperty("from").GetInt64();
        long to = gap.Data.GetProperty("to").GetInt64();
        Assert.Equal((2, gap.Id), (from, to));
        Assert.Equal(to + 1, (await stream.TakeAsync(1))[0].Id);
    }

    [Fact]
    public async Task WriteAsync_EventThatIsNotYet_IsAGapAndThePresent()
    {
        await TellAsync("a");
        using Reading stream = Read(null, 1000);
        Assert.Equal("gap", (await stream.TakeAsync(1))[0].Event);
        await TellAsync("b");
        Assert.Equal("b", (await stream.TakeAsync(1))[0].Text);
    }

    [Fact]
    public async Task WriteAsync_OfARun_HasItsEventsAlone()
    {
        await State.CommitAsync(transaction =>
        {
            transaction.Tell("one", "run/1", "a");
            transaction.Tell("other", "run/11", "b");
            transaction.Tell("two", "run/1", "c");
        });
        using Reading stream = Read(1, null);
        Assert.Equal(["a", "c"], (await stream.TakeAsync(2)).Select(one => one.Text));
    }

    [Fact]
    public async Task WriteAsync_Progress_IsSentWhereItIsAnother()
    {
        _word = """{"done":1}""";
        using Reading stream = Read(null, null);
        Assert.Equal(1, (await stream.TakeAsync(1))[0].Data.GetProperty("done").GetInt32());
        await Task.Delay(5 * Quick.StreamProgressEvery);
        _word = """{"done":2}""";
        Message next = (await stream.TakeAsync(1))[0];
        Assert.Equal(("progress", 2, 0), (next.Event, next.Data.GetProperty("done").GetInt32(), next.Id));
    }

    [Fact]
    public async Task WriteAsync_MoreThanMayBe_EndAtOnce()
    {
        using Reading one = Read(null, null);
        using Reading two = Read(null, null);
        await TellAsync("a");
        await one.UntilAsync("a");
        await two.UntilAsync("a");
        Assert.True(Streams.IsFull);
        using Reading third = Read(null, null);
        await third.Writing.WaitAsync(Patience);
        Assert.False(one.Writing.IsCompleted);
    }

    [Fact]
    public async Task WriteAsync_ReaderThatIsTooSlow_IsCutOff()
    {
        using Reading slow = Read(null, null, readsNothing: true);
        for (int i = 0; i < 400 && !slow.Writing.IsCompleted; i++)
        {
            await TellAsync(new string('x', 4000));
        }

        // It hears the end only when it reads again; nobody has kept anything for it meanwhile.
        Assert.InRange((await slow.DrainAsync()).Length, 0, 300_000);
        await slow.Writing.WaitAsync(Patience);
    }

    [Fact]
    public async Task EndAsync_EndsAllStreams()
    {
        using Reading stream = Read(null, null);
        await Streams.EndAsync();
        await stream.Writing.WaitAsync(Patience);
    }

    [Fact]
    public async Task EndPresent_EndsTheStreamsThatThereAreAndOthersBegin()
    {
        using Reading stream = Read(null, null);
        await TellAsync("a");
        await stream.UntilAsync("a");
        Streams.EndPresent();
        await stream.Writing.WaitAsync(Patience);
        using Reading next = Read(null, 0);
        await next.UntilAsync("a");
        Assert.False(next.Writing.IsCompleted);
    }

    private void Open()
    {
        Limits limits = Limits.Default with { EventsMax = 20, CommitDelayMs = 1 };
        _state = StateDatabase.Open(_shell.PathOf("state.db"), [StateSchema.Engine, HostSchema.Tables], new LocalStorage(), limits, TimeProvider.System);
        _streams = new EventStreams(_state, _ => _word is { } word ? new StreamedWord(word, word) : null, Quick, TimeProvider.System, NullLogger.Instance);
    }

    private Task TellAsync(params string[] texts) => State.CommitAsync(transaction =>
    {
        foreach (string text in texts)
        {
            transaction.Tell("kind", "subject", text);
        }
    });

    private async Task WriteUntilAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await TellAsync("more");
            await Task.Delay(5, CancellationToken.None);
        }
    }

    private Reading Read(long? run, long? after, bool readsNothing = false) => new(Streams, run, after, readsNothing);

    private sealed record Message(long Id, string Event, JsonElement Data)
    {
        public string Text => Data.GetProperty("text").GetString()!;
    }

    private sealed class Reading : IDisposable
    {
        private readonly Pipe _pipe;
        private readonly StreamReader _reader;
        private readonly CancellationTokenSource _gone = new();

        public Reading(EventStreams streams, long? run, long? after, bool readsNothing)
        {
            _pipe = new Pipe(new PipeOptions(pauseWriterThreshold: readsNothing ? 8192 : 1 << 20, resumeWriterThreshold: 4096));
            _reader = new StreamReader(_pipe.Reader.AsStream());
            Writing = WriteAsync(streams, run, after);
        }

        public Task Writing { get; }

        public async Task<Message> UntilAsync(string text)
        {
            while (true)
            {
                if ((await TakeAsync(1))[0] is var one && one.Text == text)
                {
                    return one;
                }
            }
        }

        public async Task<List<Message>> TakeAsync(int count)
        {
            List<Message> taken = [];
            (long id, string name, string data) = (0, "", "");
            long started = TimeProvider.System.GetTimestamp();
            while (taken.Count < count)
            {
                // Signs of life come for ever.
                Assert.True(TimeProvider.System.GetElapsedTime(started) < Patience, "Nothing came.");
                string line = await _reader.ReadLineAsync().WaitAsync(Patience) ?? throw new EndOfStreamException();
                if (line.Length == 0 && data.Length > 0)
                {
                    taken.Add(new Message(id, name, JsonSerializer.Deserialize<JsonElement>(data)));
                    (id, name, data) = (0, "", "");
                }
                else if (line.StartsWith("id: ", StringComparison.Ordinal))
                {
                    id = long.Parse(line[4..], System.Globalization.CultureInfo.InvariantCulture);
                }
                else if (line.StartsWith("event: ", StringComparison.Ordinal))
                {
                    name = line[7..];
                }
                else if (line.StartsWith("data: ", StringComparison.Ordinal))
                {
                    data = line[6..];
                }
            }

            return taken;
        }

        public Task<string> DrainAsync() => _reader.ReadToEndAsync().WaitAsync(Patience);

        public void Dispose()
        {
            _gone.Cancel();
            _reader.Dispose();
        }

        private async Task WriteAsync(EventStreams streams, long? run, long? after)
        {
            // Joins before it returns: what is told from then on belongs to the stream.
            try
            {
                await streams.WriteAsync(run, after, _pipe.Writer.AsStream(), _gone.Token);
            }
            catch (Exception gone) when (gone is OperationCanceledException or IOException or InvalidOperationException)
            {
            }
            finally
            {
                await _pipe.Writer.CompleteAsync();
            }
        }
    }
}
