using System.Text.RegularExpressions;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Repository.Tests;

/// <summary>Documents point at things that exist.</summary>
public class DocumentsTests
{
    [Fact]
    public void Links_LeadSomewhere()
    {
        var broken = new List<string>();
        foreach (string file in Documents())
        {
            foreach (Match link in Regex.Matches(File.ReadAllText(file), @"\]\(([^)#:]+)(#[^)]*)?\)"))
            {
                string target = Path.Combine(Path.GetDirectoryName(file)!, link.Groups[1].Value);
                if (!File.Exists(target) && !Directory.Exists(target))
                {
                    broken.Add($"{Checkout.Relative(file)}: {link.Groups[1].Value}");
                }
            }
        }

        Assert.True(broken.Count == 0, "Broken links:\n" + string.Join("\n", broken));
    }

    [Fact]
    public void Documents_NameFilesThatExist()
    {
        string[] missing =
        [
            .. from file in Documents()
               from Match match in Regex.Matches(File.ReadAllText(file), @"`(?:src/)?((?:Engine|Stages|Host)/[\w/.]+)`")
               where !Path.Exists(Checkout.PathOf("src", match.Groups[1].Value))
               select $"{Checkout.Relative(file)}: {match.Groups[1].Value}",
        ];
        Assert.True(missing.Length == 0, "Documents name what is not there:\n" + string.Join("\n", missing));
    }

    [Fact]
    public void Repository_NamesNoRegistryHostAndNoPathOfAMachine()
    {
        var found = new List<string>();
        string[] kinds = ["*.md", "*.cs", "*.csproj", "*.props", "*.json", "run", "*.py"];
        foreach (string file in kinds.SelectMany(kind => Directory.EnumerateFiles(Checkout.Root, kind, SearchOption.AllDirectories)))
        {
            string relative = Checkout.Relative(file);
            if (relative.StartsWith("artifacts/", StringComparison.Ordinal) || relative.StartsWith(".git/", StringComparison.Ordinal))
            {
                continue;
            }

            if (Regex.IsMatch(File.ReadAllText(file), @"api\.nuget|registry\.npm|deb\.debian|/wo" + "rk/|/ro" + "ot/"))
            {
                found.Add(relative);
            }
        }

        Assert.True(found.Count == 0, "Machine paths or registry hosts in:\n" + string.Join("\n", found));
    }

    [Fact]
    public void DecisionRecords_AreNumberedAndShort()
    {
        foreach (string file in Directory.EnumerateFiles(Checkout.PathOf("docs", "decisions"), "*.md"))
        {
            string text = File.ReadAllText(file);
            string number = Path.GetFileName(file)[..4];
            Assert.StartsWith($"# {number} ", text, StringComparison.Ordinal);
            Assert.Contains("**Decision.**", text, StringComparison.Ordinal);
            Assert.Contains("**Rejected.**", text, StringComparison.Ordinal);
        }
    }

    private static IEnumerable<string> Documents() =>
        Directory.EnumerateFiles(Checkout.Root, "*.md")
            .Concat(Directory.EnumerateFiles(Checkout.PathOf("docs"), "*.md", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Checkout.PathOf("bench"), "*.md", SearchOption.AllDirectories));
}
