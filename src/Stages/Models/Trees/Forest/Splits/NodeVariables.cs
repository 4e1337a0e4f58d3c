namespace Pipeline.Stages.Models.Trees.Forest.Splits;

/// <summary>Variables drawn without replacement, anew in each node.</summary>
/// <remarks>
/// A shuffle of Fisher and Yates that stops where no more are asked for and is undone before the next node, so a draw
/// costs the same whatever p is. Numbers are SplitMix64's (Steele, Lea and Flood 2014, OOPSLA, 453-472), because most nodes need
/// few and a generator of larger state would cost as much to seed as to draw from. Memory 8p bytes. One thread.
/// </remarks>
internal sealed class NodeVariables
{
    private readonly int[] _variables;
    private readonly int[] _swaps;
    private ulong _state;
    private ulong _bits;
    private bool _hasBits;

    /// <summary>All variables, in order.</summary>
    public NodeVariables(int variables)
    {
        _variables = [.. Enumerable.Range(0, variables)];
        _swaps = new int[variables];
    }

    /// <summary>Variables drawn in this node.</summary>
    public int Count { get; private set; }

    /// <summary>The variables drawn in this node.</summary>
    public ReadOnlySpan<int> Drawn => _variables.AsSpan(0, Count);

    /// <summary>Whether variables are left to draw.</summary>
    public bool HasMore => Count < _variables.Length;

    /// <summary>Begins the draws of a node.</summary>
    public void Restart(ulong seed)
    {
        for (int t = Count - 1; t >= 0; t--)
        {
            int r = _swaps[t];
            (_variables[t], _variables[r]) = (_variables[r], _variables[t]);
        }

        Count = 0;
        _state = seed;
        _hasBits = false;
    }

    /// <summary>Draws one more variable.</summary>
    public int Next()
    {
        int t = Count;
        int r = t + (int)Below((uint)(_variables.Length - t));
        _swaps[t] = r;
        (_variables[t], _variables[r]) = (_variables[r], _variables[t]);
        Count = t + 1;
        return _variables[t];
    }

    /// <summary>Draws until this many are drawn.</summary>
    public void DrawTo(int count)
    {
        while (Count < count)
        {
            Next();
        }
    }

    /// <summary>A uniform number below a bound from 32 bits, without bias (Lemire 2019, ACM TOMACS 29, 3).</summary>
    private uint Below(uint bound)
    {
        ulong product = (ulong)Bits() * bound;
        if ((uint)product < bound)
        {
            uint least = unchecked(0u - bound) % bound;
            while ((uint)product < least)
            {
                product = (ulong)Bits() * bound;
            }
        }

        return (uint)(product >> 32);
    }

    private uint Bits()
    {
        if (_hasBits)
        {
            _hasBits = false;
            return (uint)_bits;
        }

        _bits = ForestRules.Mix(_state);
        _state = unchecked(_state + ForestRules.MixStep);
        _hasBits = true;
        return (uint)(_bits >> 32);
    }
}
