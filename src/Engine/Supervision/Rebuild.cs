namespace Pipeline.Engine.Supervision;

/// <summary>One rebuild, told before it happens.</summary>
/// <param name="Name">Whose.</param>
/// <param name="Number">1 for the first rebuild of this body.</param>
/// <param name="Why">The failure.</param>
public sealed record Rebuild(string Name, int Number, Exception Why);
