using Pipeline.Engine.Cache.Keys;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Engine.Tests.Cache.Keys;

public sealed class KeyTableTests
{
    [Fact]
    public void AnyOperations_AgainstADictionary_FindTheSame()
    {
        var random = new Pcg64(1);
        var table = new KeyTable<Entry>();
        Dictionary<Fingerprint, Entry> model = [];
        for (int step = 0; step < 50_000; step++)
        {
            var key = new Fingerprint(0, 1, 0, (ulong)random.NextInt(3000));
            if (model.Remove(key, out Entry? known))
            {
                Assert.Same(known, table.Find(key));
                table.Remove(known);
                table.Remove(known);
            }
            else
            {
                var entry = new Entry(key);
                model.Add(key, entry);
                table.Add(entry);
            }

            Assert.Equal(model.Count, table.Count);
        }

        Assert.All(model, pair => Assert.Same(pair.Value, table.Find(pair.Key)));
    }

    // Aim: readers without a lock end, and never get an entry of another key, while one writer adds, removes and grows.
    [Fact]
    public async Task Find_WhileAnotherThreadWrites_GivesTheKeyOrNothing()
    {
        const int Keys = 4000;
        var table = new KeyTable<Entry>();
        bool isDone = false;
        Task[] readers =
        [
            .. Enumerable.Range(0, 3).Select(reader => Task.Run(() =>
            {
                var random = new Pcg64((ulong)reader);
                long found = 0;
                while (!Volatile.Read(ref isDone))
                {
                    var key = new Fingerprint(0, 1, 0, (ulong)random.NextInt(Keys));
                    Entry? entry = table.Find(key);
                    Assert.True(entry is null || entry.Key == key);
                    found += entry is null ? 0 : 1;
                }

                return found;
            })),
        ];
        for (int round = 0; round < 20; round++)
        {
            Entry[] entries = [.. Enumerable.Range(0, Keys).Select(i => new Entry(new Fingerprint(0, 1, 0, (ulong)i)))];
            Array.ForEach(entries, table.Add);
            Array.ForEach(entries, table.Remove);
        }

        Volatile.Write(ref isDone, true);
        await Task.WhenAll(readers).WaitAsync(Gate.Patience);
        Assert.Equal(0, table.Count);
    }

    private sealed class Entry(Fingerprint key) : KeyedEntry(key, 1, 1);
}
