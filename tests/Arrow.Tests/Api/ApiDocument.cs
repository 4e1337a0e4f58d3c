using System.Text;
using Pipeline.Support;

namespace Pipeline.Arrow.Tests.Api;

/// <summary>The list of members in <c>docs/results/arrow-api.md</c>, which is made from the assembly.</summary>
public static class ApiDocument
{
    /// <summary>The command that makes the list anew.</summary>
    public const string Command = "PIPELINE_REWRITE=1 dotnet test tests/Arrow.Tests -c Release --filter FullyQualifiedName~ApiParityTests";

    private const string Start = "<!-- The list from here on is made from the assembly. -->\n";

    /// <summary>True when the environment asks for the list to be made anew.</summary>
    public static bool IsToBeRewritten => Environment.GetEnvironmentVariable("PIPELINE_REWRITE") == "1";

    private static string File { get; } = Checkout.PathOf("docs", "results", "arrow-api.md");

    /// <summary>The list that stands in the document.</summary>
    public static string Read() => Whole().Split(Start, 2)[1];

    /// <summary>Puts a list into the document.</summary>
    public static void Write(string list) => System.IO.File.WriteAllText(File, Whole().Split(Start, 2)[0] + Start + list);

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

    private static string Whole() => System.IO.File.ReadAllText(File).ReplaceLineEndings("\n");
}
