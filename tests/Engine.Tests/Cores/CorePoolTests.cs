using Pipeline.Engine.Cores;
using Pipeline.Stages.Numerics.Random;
using Xunit;

namespace Pipeline.Engine.Tests.Cores;

public sealed class CorePoolTests
{
    // Longer than a machine under load keeps a thread from running.
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void Run_AnyNumberOfPieces_EachOnce(int threads)
    {
        using var pool = new CorePool(threads, Long);
        foreach (int count in (ReadOnlySpan<int>)[0, 1, 2, 3, 7, 100, 1000])
        {
            int[] times = new int[count];
            pool.Run(count, i => Interlocked.Increment(ref times[i]));
            Assert.All(times, one => Assert.Equal(1, one));
        }
    }

    [Fact]
    public void Run_IdleCores_AreUsed()
    {
        // Three pieces that wait for each other end only where three threads run them.
        using var pool = new CorePool(3, Long);
        using var together = new Barrier(3);
        pool.Run(3, _ => Assert.True(together.SignalAndWait(Gate.Patience)));
    }

    [Fact]
    public void Run_AllCoresOccupied_StaysOnTheCallersThread()
    {
        using var pool = new CorePool(2, Long);
        using CoreLease own = pool.Occupy();
        using var occupied = new ManualResetEventSlim();
        using var done = new ManualResetEventSlim();
        var other = new Thread(() =>
        {
            using CoreLease lease = pool.Occupy();
            occupied.Set();
            done.Wait(Gate.Patience);
        });
        other.Start();
        Assert.True(occupied.Wait(Gate.Patience));

        int self = Environment.CurrentManagedThreadId;
        pool.Run(50, _ => Assert.Equal(self, Environment.CurrentManagedThreadId));
        done.Set();
        Assert.True(other.Join(Gate.Patience));

        // The core is idle again.
        using var together = new Barrier(2);
        pool.Run(2, _ => Assert.True(together.SignalAndWait(Gate.Patience)));
    }

    [Fact]
    public void Occupy_CoreIsBorrowed_WaitsForThePieceAndNotForTheRest()
    {
        // Both cores are in use by one computation. Who asks for one gets it when the helper's piece has ended.
        using var pool = new CorePool(2, Long);
        using var bothAtWork = new Barrier(3);
        using var occupied = new ManualResetEventSlim();
        int self = Environment.CurrentManagedThreadId;
        bool wasOccupied = false;
        var other = new Thread(() =>
        {
            bothAtWork.SignalAndWait(Gate.Patience);
            using CoreLease lease = pool.Occupy();
            occupied.Set();
        });
        other.Start();
        pool.Run(1000, i =>
        {
            if (i < 2)
            {
                Assert.True(bothAtWork.SignalAndWait(Gate.Patience));
                Assert.True(
                    Environment.CurrentManagedThreadId == self || SpinWait.SpinUntil(() => pool.IsCrowded, Gate.Patience));
            }

            // From here on the caller goes on alone, once the other has come.
            if (i == 999)
            {
                wasOccupied = occupied.Wait(Gate.Patience);
            }
        });
        Assert.True(other.Join(Gate.Patience));
        Assert.True(wasOccupied);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(8)]
    public void Run_PiecesThrow_LowestIsThrownOnWhenAllHaveEnded(int threads)
    {
        using var pool = new CorePool(threads, Long);
        for (int round = 0; round < 50; round++)
        {
            int begun = 0;
            int ended = 0;
            StageException thrown = Assert.Throws<StageException>(() => pool.Run(100, i =>
            {
                Interlocked.Increment(ref begun);
                try
                {
                    if (i is 5 or 6 or 7 or 90)
                    {
                        throw new StageException(FailureKind.Numerical, $"piece {i}");
                    }
                }
                finally
                {
                    Interlocked.Increment(ref ended);
                }
            }));
            Assert.Equal("piece 5", thrown.Message);
            Assert.Equal(begun, ended);
            Assert.InRange(begun, 6, 99);
        }

        int after = 0;
        pool.Run(10, _ => Interlocked.Increment(ref after));
        Assert.Equal(10, after);
    }

    [Fact]
    public void Run_PieceIsCancelled_ThrowsCancellation()
    {
        using var pool = new CorePool(4, Long);
        using var cancellation = new CancellationTokenSource();
        OperationCanceledException thrown = Assert.Throws<OperationCanceledException>(() => pool.Run(100, i =>
        {
            if (i == 20)
            {
                cancellation.Cancel();
            }

            cancellation.Token.ThrowIfCancellationRequested();
        }));
        Assert.Equal(cancellation.Token, thrown.CancellationToken);
    }

    [Fact]
    public void Run_InsideAPiece_RunsInOrderOnItsThread()
    {
        using var pool = new CorePool(4, Long);
        pool.Run(8, _ =>
        {
            int self = Environment.CurrentManagedThreadId;
            int next = 0;
            pool.Run(20, i =>
            {
                Assert.Equal(self, Environment.CurrentManagedThreadId);
                Assert.Equal(next++, i);
            });
            Assert.Equal(20, next);
        });
    }

    [Fact]
    public void Dispose_PoolInUse_LaterRunsStayOnTheCallersThread()
    {
        var pool = new CorePool(4, Long);
        using var together = new Barrier(4);
        pool.Run(4, _ => Assert.True(together.SignalAndWait(Gate.Patience)));
        pool.Dispose();
        pool.Dispose();

        int self = Environment.CurrentManagedThreadId;
        int count = 0;
        pool.Run(20, _ =>
        {
            Assert.Equal(self, Environment.CurrentManagedThreadId);
            count++;
        });
        Assert.Equal(20, count);
    }

    [Theory]
    [InlineData(2, 2, 1)]
    [InlineData(3, 2, 2)]
    [InlineData(4, 6, 3)]
    public void Run_UnitsComeAndGo_NeverMoreThreadsThanCores(int threads, int units, ulong seed)
    {
        // Units take a core, run some wide computations and give it back. Every unit counts from lease to return, every
        // helper while it runs a piece; more units than cores count as many, which no pool can prevent.
        using var pool = new CorePool(threads, Long);

        // Both counts in one number, so that they are read at one moment.
        const long Helper = 1L << 32;
        long computing = 0;
        int excess = 0;
        int turns = 0;
        Thread[] all = [.. Enumerable.Range(0, units).Select(u => new Thread(() => Unit(new Pcg64(seed + (ulong)u))))];
        foreach (Thread one in all)
        {
            one.Start();
        }

        Assert.All(all, one => Assert.True(one.Join(Gate.Patience)));
        Assert.Equal(0, excess);
        Assert.Equal(units * 200, turns);

        void Unit(Pcg64 random)
        {
            for (int turn = 0; turn < 200; turn++)
            {
                using CoreLease core = pool.Occupy();
                Interlocked.Increment(ref computing);
                for (int wide = random.NextInt(4); wide > 0; wide--)
                {
                    Widely(1 + random.NextInt(30));
                }

                Interlocked.Decrement(ref computing);
                Interlocked.Increment(ref turns);
            }
        }

        void Widely(int count)
        {
            int self = Environment.CurrentManagedThreadId;
            int[] times = new int[count];
            pool.Run(count, i =>
            {
                bool isHelper = Environment.CurrentManagedThreadId != self;
                long now = isHelper ? Interlocked.Add(ref computing, Helper) : Interlocked.Read(ref computing);
                long helpers = now / Helper;
                if (helpers > 0 && helpers + (now % Helper) > threads)
                {
                    Interlocked.Increment(ref excess);
                }

                Thread.SpinWait(20);
                Interlocked.Increment(ref times[i]);
                if (isHelper)
                {
                    Interlocked.Add(ref computing, -Helper);
                }
            });
            Interlocked.Add(ref excess, times.Count(one => one != 1));
        }
    }
}
