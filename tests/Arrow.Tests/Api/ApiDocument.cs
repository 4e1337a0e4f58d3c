using System.Text;
using Pipeline.Support;

namespace Pipeline.Arrow.Tests.Api;

/// <summary>The list of members in <c>docs/results/arrow-api.md</c>, which is made from the assembly.</summary>
public static class ApiDocument
{
    /// <summary>The list as it stands in the document.</summary>
    public static GeneratedPart Part { get; } = new(
        "arrow-api.md",
        "The list from here on is made from the assembly.",
        "dotnet test tests/Arrow.Tests -c Release --filter FullyQualifiedName~ApiParityTests");

    /// <summary>The list of a surface: namespaces, and in each a block per type.</summary>
    public static string List(IReadOnlyList<ApiType> surface)
    {
        int members = surface.Sum(type => type.Members.Count);
        var text = new StringBuilder($"\n{surface.Count} types with {members} members.\n");
        foreach (IGrouping<string, ApiType> group in surface.GroupBy(type => type.Namespace))
        {
            text.Append($"\n### {group.Key}\n");
            foreach (ApiType type in group)
            {
                text.Append($"\n```text\n{type.Declaration}\n");
                text.AppendJoin("", type.Members.Select(line => $"    {line}\n"));
                text.Append("```\n");
            }
        }

        return text.ToString();
    }
}
