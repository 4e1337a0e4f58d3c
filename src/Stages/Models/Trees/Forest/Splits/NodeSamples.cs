namespace Pipeline.Stages.Models.Trees.Forest.Splits;

/// <summary>The samples of the node that is being split, with their responses about the node's mean.</summary>
/// <remarks>
/// Samples are named by their places (<see cref="TreeSpectra"/>), ascending in every node; children lie side by side in
/// their parent's range. A sample drawn several times counts once here and with its weight in sums. One thread.
/// </remarks>
internal sealed class NodeSamples
{
    private readonly TreeSpectra _spectra;
    private readonly ResponseKind _responds;
    private readonly ushort[] _places;
    private readonly ushort[] _moved;

    /// <summary>Room for trees over these samples.</summary>
    public NodeSamples(TreeSpectra spectra, ForestRules rules)
    {
        _spectra = spectra;
        _responds = rules.Responds;
        Columns = rules.ColumnsSearched(spectra.Y.Columns);
        _places = new ushort[spectra.Count];
        _moved = new ushort[spectra.Count];
        Weights = new int[spectra.Count];
        Deviations = new double[checked(Columns * spectra.Count)];
        Mean = new double[spectra.Y.Columns];
    }

    /// <summary>Bytes of the room.</summary>
    public static long SizeBytes(long samples, long responses) =>
        samples * ((2 * sizeof(ushort)) + sizeof(int) + (responses * sizeof(double)));

    /// <summary>Columns of y that gains are summed over.</summary>
    public int Columns { get; }

    /// <summary>How often each place was drawn; 0 for what the tree does not see.</summary>
    public int[] Weights { get; }

    /// <summary>Weight × (response - mean of the node) of the node's places: columns × n.</summary>
    public double[] Deviations { get; }

    /// <summary>The node's mean response, q values.</summary>
    public double[] Mean { get; }

    /// <summary>Where the node's places start among those of the tree.</summary>
    public int Start { get; private set; }

    /// <summary>Samples of the node, each counted once.</summary>
    public int Count { get; private set; }

    /// <summary>Samples of the node, each counted as often as it was drawn.</summary>
    public int Weight { get; private set; }

    /// <summary>The seed of the node's draws.</summary>
    public ulong Seed { get; private set; }

    /// <summary>The node's places, ascending.</summary>
    public ReadOnlySpan<ushort> Places => _places.AsSpan(Start, Count);

    /// <summary>Takes the weighted places as the root; returns their number.</summary>
    public int Begin()
    {
        int count = 0;
        for (int place = 0; place < Weights.Length; place++)
        {
            _places[count] = (ushort)place;
            count += Weights[place] > 0 ? 1 : 0;
        }

        return count;
    }

    /// <summary>Turns to a node: its mean, and whether its responses differ, so that it can be split.</summary>
    public bool Enter(int start, int count, ulong seed)
    {
        (Start, Count, Seed) = (start, count, seed);
        int weight = 0;
        foreach (ushort place in Places)
        {
            weight += Weights[place];
        }

        Weight = weight;
        bool differs = false;
        for (int c = 0; c < Mean.Length; c++)
        {
            // About the first response, so that equal responses have themselves as their mean; shares of classes are counts.
            double first = _spectra.Y[Places[0], c];
            double origin = _responds == ResponseKind.Class ? 0 : first;
            double sum = 0;
            foreach (ushort place in Places)
            {
                double y = _spectra.Y[place, c];
                sum += Weights[place] * (y - origin);
                differs |= y != first;
            }

            Mean[c] = origin + (sum / weight);
        }

        return differs;
    }

    /// <summary>Centres the responses of the node about its mean.</summary>
    public void Centre()
    {
        for (int c = 0; c < Columns; c++)
        {
            Span<double> deviations = Deviations.AsSpan(c * _spectra.Count, _spectra.Count);
            foreach (ushort place in Places)
            {
                deviations[place] = Weights[place] * (_spectra.Y[place, c] - Mean[c]);
            }
        }
    }

    /// <summary>Puts the places that go left before the others; returns their number.</summary>
    /// <param name="cut">The split.</param>
    /// <param name="goesLeft">By place: 1 or 0, written for the node's places.</param>
    public int Divide(in Cut cut, byte[] goesLeft)
    {
        Span<ushort> places = _places.AsSpan(Start, Count);
        int left = 0;
        int right = 0;
        foreach (ushort place in places)
        {
            bool goes = cut.GoesLeft(_spectra.Value(place, cut.Variable));
            goesLeft[place] = goes ? (byte)1 : (byte)0;
            if (goes)
            {
                places[left++] = place;
            }
            else
            {
                _moved[right++] = place;
            }
        }

        _moved.AsSpan(0, right).CopyTo(places[left..]);
        return left;
    }
}
