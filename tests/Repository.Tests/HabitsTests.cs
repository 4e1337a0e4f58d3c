using System.Text.RegularExpressions;
using Pipeline.Support;
using Xunit;

namespace Pipeline.Repository.Tests;

/// <summary>The habits of docs/STYLE.md that a machine can check.</summary>
public class HabitsTests
{
    public static TheoryData<string, string, string> Habits => new()
    {
        { @"\bDateTime(Offset)?\.(Now|UtcNow|Today)\b", "", "Time comes from TimeProvider." },
        { @"\bRandom\.Shared\b|new (System\.)?Random\(", "", "Chance comes from a seed." },
        { @"\bThread\.Sleep\b|\.Wait\(\)|\.GetAwaiter\(\)\.GetResult\(\)", "", "Nobody blocks a thread." },
        { @"\bParallel\.|\bTask\.Run\b", "src/Engine/", "Parallelism belongs to the engine." },
        { @"\.Post\(", "", "Post loses items when a block is full; SendAsync waits." },
        { @"\bBroadcastBlock\b", "", "A broadcast drops items for a slow target." },
        { @"\bConsole\.", "src/Host/Program.cs", "The console is the command line's; everybody else gets a writer." },
        { @"new SqliteConnection\(|SqliteOpenMode\.ReadWrite", "src/Engine/State/", "One connection writes the state; it is opened in one place (decision 0006)." },
        { @"\bTODO\b|\bHACK\b|\bFIXME\b", "", "Unfinished business is an issue, or it is not there." },
        { @"#pragma warning disable(?!.*//)", "", "A suppression says why on the same line." },
        { @"#region", "", "A large type splits into files." },
        { @"\.Vector512\.Sum\(|MultiplyAddEstimate", "", "Sums have one fixed order (decision 0008)." },
    };

    [Theory]
    [MemberData(nameof(Habits))]
    public void Source_KeepsTheHabit(string pattern, string exempt, string rule)
    {
        var found = new List<string>();
        foreach (string file in Checkout.SourceFiles("src"))
        {
            string relative = Checkout.Relative(file);
            if (exempt.Length > 0 && relative.StartsWith(exempt, StringComparison.Ordinal))
            {
                continue;
            }

            string[] lines = File.ReadAllLines(file);
            found.AddRange(
                from i in Enumerable.Range(0, lines.Length)
                where Regex.IsMatch(lines[i], pattern) && !lines[i].TrimStart().StartsWith("///", StringComparison.Ordinal)
                select $"{relative}:{i + 1}: {lines[i].Trim()}");
        }

        Assert.True(found.Count == 0, rule + "\n" + string.Join("\n", found));
    }

    /// <summary>Functions of the system's library differ between systems in the last bit (decision 0008).</summary>
    [Fact]
    public void Stages_TakeFunctionsFromNumerics()
    {
        var found = new List<string>();
        foreach (string file in Checkout.SourceFiles("src/Stages"))
        {
            found.AddRange(
                from line in File.ReadAllLines(file)
                where Regex.IsMatch(line, @"\b(MathF?|double|float|Vector\d*|TensorPrimitives)\.(Exp|Log|Pow|Sin|Cos|SinCos|Tan|Asin|Acos|Atan|Cbrt|Hypot)(h|2|10|P1|M1)?\(")
                select $"{Checkout.Relative(file)}: {line.Trim()}");
        }

        Assert.True(
            found.Count == 0,
            "Exponential, NaturalLogarithm and HyperbolicTangent have the same bits on every machine, the system's functions do not.\n" + string.Join("\n", found));
    }

    [Fact]
    public void Namespace_IsTheFolder()
    {
        var wrong = new List<string>();
        foreach (string file in Checkout.SourceFiles("src"))
        {
            if (Checkout.Relative(file).StartsWith("src/Arrow/", StringComparison.Ordinal))
            {
                // A stand-in bears the names of the package it stands in for.
                continue;
            }

            string folder = Path.GetDirectoryName(Checkout.Relative(file))!["src/".Length..];
            string expected = "Pipeline." + folder.Replace('/', '.').Replace('\\', '.');
            Match declared = Regex.Match(File.ReadAllText(file), @"^namespace ([\w.]+);", RegexOptions.Multiline);
            if (declared.Success && declared.Groups[1].Value != expected)
            {
                wrong.Add($"{Checkout.Relative(file)}: {declared.Groups[1].Value}, expected {expected}");
            }
        }

        Assert.True(wrong.Count == 0, "Folder = namespace.\n" + string.Join("\n", wrong));
    }

    [Fact]
    public void Folders_HoldAboutADozenFiles()
    {
        // Catalogues of methods and readers may be longer; everything else is cut before it becomes a drawer.
        string[] catalogues = ["Preprocessing", "Models", "Readers", "Selection", "Numerics", "Calibration"];
        string[] full =
        [
            .. Checkout.SourceFiles("src")
                .GroupBy(file => Path.GetDirectoryName(Checkout.Relative(file))!)
                .Where(folder => !catalogues.Contains(Path.GetFileName(folder.Key)) && folder.Count() > 14)
                .Select(folder => $"{folder.Key}: {folder.Count()} files"),
        ];
        Assert.True(full.Length == 0, "A folder holds at most about a dozen files.\n" + string.Join("\n", full));
    }
}
