using Pipeline.Engine.Cache.Keys;
using Pipeline.Engine.Identity;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Engine.Tests.Cache.Keys;

public sealed class EvictionQueueTests
{
    // Aim: the first is always the least by priority, then key. Method: random operations against a searched list.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void AnyOperations_AgainstAList_GiveTheSameFirst(ulong seed)
    {
        var random = new Pcg64(seed);
        var queue = new EvictionQueue<Entry>();
        List<Entry> model = [];
        for (int step = 0; step < 20_000; step++)
        {
            int choice = random.NextInt(10);
            if (model.Count == 0 || choice < 4)
            {
                var entry = new Entry(new Fingerprint(0, (ulong)random.NextInt(1 << 30), 0, (ulong)step)) { Priority = random.NextInt(50) };
                queue.Add(entry);
                model.Add(entry);
            }
            else if (choice < 8)
            {
                Entry entry = model[random.NextInt(model.Count)];
                queue.Remove(entry);
                model.Remove(entry);
                Assert.Equal(-1, entry.QueueIndex);
            }
            else
            {
                Entry entry = model[random.NextInt(model.Count)];
                entry.Priority = random.NextInt(50);
                queue.Refresh(entry);
            }

            Entry? expected = model.OrderBy(entry => entry.Priority).ThenBy(entry => entry.Key).FirstOrDefault();
            queue.TryPeek(out Entry? first, out double priority);
            Assert.True(ReferenceEquals(expected, first), $"Seed {seed}, step {step}.");
            Assert.Equal(expected?.Priority ?? 0, priority);
            if (model.Count > 200)
            {
                model.ForEach(queue.Remove);
                model.Clear();
            }
        }
    }

    private sealed class Entry(Fingerprint key) : KeyedEntry(key, 1, 1);
}
