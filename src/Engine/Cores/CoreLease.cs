namespace Pipeline.Engine.Cores;

/// <summary>A core that a thread holds while it computes, from <see cref="CorePool.Occupy"/> to disposal on the same thread.</summary>
public readonly ref struct CoreLease
{
    private readonly CorePool? _pool;
    private readonly CorePool? _heldBefore;

    internal CoreLease(CorePool pool, CorePool? heldBefore)
    {
        _pool = pool;
        _heldBefore = heldBefore;
    }

    /// <summary>Gives the core back; once.</summary>
    public void Dispose() => _pool?.Vacate(_heldBefore);
}
