namespace Pipeline.Stages;

/// <summary>One method that can be asked for by name.</summary>
/// <typeparam name="T">The kind of specification that it makes.</typeparam>
/// <param name="Name">The short name: lower case, stable, used in configuration and addresses.</param>
/// <param name="Example">A correct notation with every parameter.</param>
/// <param name="Description">One sentence for help texts.</param>
/// <param name="Read">Makes the specification; throws <see cref="Engine.StageException"/> for wrong arguments.</param>
public sealed record CatalogEntry<T>(string Name, string Example, string Description, Func<NotationTerm, T> Read);
