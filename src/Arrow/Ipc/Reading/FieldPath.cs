namespace Apache.Arrow.Ipc.Reading;

/// <summary>Where a field stands; spelled out for messages only, since a hostile schema may have long names and many fields.</summary>
internal sealed record FieldPath(FieldPath? Parent, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => Parent is null ? Name : $"{Parent}.{Name}";
}
