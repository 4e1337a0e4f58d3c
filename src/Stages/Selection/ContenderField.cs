namespace Pipeline.Stages.Selection;

/// <summary>A pair that may be among the best.</summary>
/// <param name="First">The lower variable.</param>
/// <param name="Second">The higher one.</param>
/// <param name="Reach">The most it may explain, rounding allowed for.</param>
/// <param name="Residual">What it leaves, once it has been fitted through the spectra.</param>
internal readonly record struct Contender(int First, int Second, double Reach, double Residual);

/// <summary>The pairs seen so far that may be among the best, within a bound of memory.</summary>
internal sealed class ContenderField
{
    private readonly int _capacity;
    private readonly double[] _assured;
    private readonly List<Contender> _pairs = [];

    /// <param name="count">How many of the best are asked for.</param>
    /// <param name="capacity">The most pairs that are handed out.</param>
    /// <param name="slack">The rounding of what a pair explains, times the part of a variable that the other leaves.</param>
    public ContenderField(int count, int capacity, double slack)
    {
        _capacity = capacity;
        _assured = new double[count];
        Array.Fill(_assured, double.NegativeInfinity);
        Slack = slack;
    }

    /// <summary>The rounding of what a pair explains.</summary>
    public double Slack { get; }

    /// <summary>What a pair must be able to reach: so much the wanted number of pairs explain for certain.</summary>
    public double Threshold => _assured[^1];

    /// <summary>Takes a pair that explains <paramref name="explained"/> / <paramref name="ownPart"/>, if it may still be among the best.</summary>
    public void Offer(int first, int second, double explained, double ownPart)
    {
        double reach = (explained + Slack) / ownPart;
        if (!(reach >= Threshold))
        {
            return;
        }

        double assured = (explained - Slack) / ownPart;
        for (int k = 0; k < _assured.Length; k++)
        {
            if (assured > _assured[k])
            {
                (_assured[k], assured) = (assured, _assured[k]);
            }
        }

        _pairs.Add(new Contender(first, second, reach, double.NaN));
        if (_pairs.Count == 2 * _capacity)
        {
            Prune();
        }
    }

    /// <summary>The pairs that are still possible, at most as many as the field may hold.</summary>
    public List<Contender> Finish()
    {
        Prune();
        return _pairs;
    }

    private void Prune()
    {
        _pairs.RemoveAll(pair => !(pair.Reach >= Threshold));
        if (_pairs.Count > _capacity)
        {
            _pairs.Sort((a, b) => (-a.Reach, a.First, a.Second).CompareTo((-b.Reach, b.First, b.Second)));
            _pairs.RemoveRange(_capacity, _pairs.Count - _capacity);
        }
    }
}
