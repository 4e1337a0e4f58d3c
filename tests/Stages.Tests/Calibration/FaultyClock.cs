using Pipeline.Support;

namespace Pipeline.Stages.Tests.Calibration;

/// <summary>The clock of a cache: a fault at one of its looks, or at all, strikes inside a computation.</summary>
internal sealed class FaultyClock(FaultPoint fault, int? look = null) : TimeProvider
{
    private int _looks;

    public override long GetTimestamp()
    {
        int index = Interlocked.Increment(ref _looks) - 1;
        if (index == (look ?? index))
        {
            fault.Pass(CancellationToken.None);
        }

        return base.GetTimestamp();
    }
}
