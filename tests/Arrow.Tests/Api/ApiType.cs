namespace Pipeline.Arrow.Tests.Api;

/// <summary>What code outside an assembly can see of one of its types, as canonical lines.</summary>
/// <param name="Namespace">The namespace.</param>
/// <param name="Name">The name with its outer types and type parameters.</param>
/// <param name="Header">Kind and name.</param>
/// <param name="Constraints">What constrains the type parameters, beginning with a space, or "".</param>
/// <param name="Base">The nearest visible base class, or "" where it says nothing; of an enum the type of its numbers.</param>
/// <param name="Interfaces">Every visible interface.</param>
/// <param name="Shown">The interfaces that neither the base nor another interface brings along.</param>
/// <param name="Members">The type's own members, and those it has from base classes that nobody sees.</param>
/// <param name="Inherited">The members of its visible base classes.</param>
/// <param name="Duties">What a class outside must write to implement or extend it.</param>
public sealed record ApiType(
    string Namespace,
    string Name,
    string Header,
    string Constraints,
    string Base,
    IReadOnlyList<string> Interfaces,
    IReadOnlyList<string> Shown,
    IReadOnlyList<string> Members,
    IReadOnlyList<string> Inherited,
    IReadOnlyList<string> Duties)
{
    /// <summary>The name that no other type of the assembly has.</summary>
    public string FullName => $"{Namespace}.{Name}";

    /// <summary>The first line of the type in a listing.</summary>
    public string Declaration
    {
        get
        {
            string[] parents = Base.Length == 0 ? [.. Shown] : [Base, .. Shown];
            return (parents.Length == 0 ? Header : $"{Header} : {string.Join(", ", parents)}") + Constraints;
        }
    }
}
