using Apache.Arrow;
using Xunit;
using Xunit.Abstractions;

namespace Pipeline.Arrow.Tests.Api;

/// <summary>What src/Arrow shows is in the package too, and is listed.</summary>
public class ApiParityTests(ITestOutputHelper output)
{
    /// <summary>What every class may override without anybody noticing.</summary>
    private static readonly string[] OfEveryObject =
        ["override bool Equals(object obj)", "override int GetHashCode()", "override string ToString()"];

    private static IReadOnlyList<ApiType> Ours { get; } = ApiSurface.Of(typeof(RecordBatch).Assembly);

    [Fact]
    public void Document_ListsEveryMember() => ApiDocument.Part.Require(ApiDocument.List(Ours));

    [PackageFact]
    public void EveryMember_ExistsInThePackage()
    {
        // Aim: what compiles against src/Arrow compiles against the package. A member of ours may stand in a base class
        // there; an override of ours may be inherited there; what can be set there, by heirs or all, may be readonly here;
        // interfaces may be fewer here, unless a query would choose between them. Other than that, kinds, bases, constraints and
        // what a class outside must write to extend a type are the same.
        IReadOnlyList<ApiType> package = ApiSurface.OfFile(PackageFactAttribute.Assembly!);
        var there = package.ToDictionary(type => type.FullName);
        List<string> wrong = [.. Ours.SelectMany(type => there.TryGetValue(type.FullName, out ApiType? other)
            ? Differences(type, other)
            : [$"{type.FullName}: no such type"])];

        output.WriteLine($"{Ours.Count} of {package.Count} types, {Ours.Sum(type => type.Members.Count)} of {package.Sum(type => type.Members.Count)} members");
        Assert.True(wrong.Count == 0, $"{wrong.Count} differences from the package:\n{string.Join('\n', wrong)}");
        Assert.NotEmpty(Ours);
    }

    [Fact]
    public void Differences_OfEachKind_AreSeen()
    {
        // Aim: the comparison notices what it is for. Method: one type of ours, altered in one respect at a time.
        ApiType type = Ours.Single(one => one.Name == nameof(RecordBatch));
        ApiType[] altered =
        [
            type with { Header = "sealed " + type.Header },
            type with { Base = "Array" },
            type with { Interfaces = [] },
            type with { Duties = ["void Missing()"] },
            type with { Constraints = " where T : struct" },
            type with { Interfaces = [.. type.Interfaces, "IEnumerable<int>"] },
            .. type.Members.Except(OfEveryObject).Select(line => type with { Members = [.. type.Members.Where(other => other != line)] }),
        ];

        Assert.Empty(Differences(type, type));
        Assert.All(altered, other => Assert.NotEmpty(Differences(type, other)));
    }

    private static IEnumerable<string> Differences(ApiType type, ApiType other)
    {
        if ((WithoutReadonly(type.Header), type.Constraints) != (WithoutReadonly(other.Header), other.Constraints))
        {
            yield return $"{type.FullName}: {type.Header}{type.Constraints}, there {other.Header}{other.Constraints}";
        }

        if (type.Base != other.Base)
        {
            yield return $"{type.FullName}: base '{type.Base}', there '{other.Base}'";
        }

        foreach (string line in type.Interfaces.Except(other.Interfaces))
        {
            yield return $"{type.FullName}: is no {line} there";
        }

        foreach (string line in other.Interfaces.Where(line => line.StartsWith("IEnumerable<", StringComparison.Ordinal)).Except(type.Interfaces))
        {
            yield return $"{type.FullName}: is {line} there, which decides what a query over it means";
        }

        foreach (string line in type.Members.Where(line => !Has(other, line)))
        {
            yield return $"{type.FullName}: {line} is not there";
        }

        foreach (string line in type.Duties.Except(other.Duties))
        {
            yield return $"{type.FullName}: {line} need not be written there";
        }

        foreach (string line in other.Duties.Except(type.Duties))
        {
            yield return $"{type.FullName}: {line} must be written there";
        }
    }

    private static string WithoutReadonly(string header) => header.Replace("readonly struct", "struct", StringComparison.Ordinal);

    private static bool Has(ApiType type, string line) =>
        OfEveryObject.Contains(line)
        || type.Members.Contains(line)
        || type.Inherited.Contains(line)
        || type.Members.Contains(line.Replace("{ get; }", "{ get; protected set; }", StringComparison.Ordinal))
        || type.Members.Contains(line.Replace("static readonly ", "static ", StringComparison.Ordinal))
        || (line.Contains("override ", StringComparison.Ordinal)
            && new[] { "virtual ", "abstract ", "override " }
                .Any(kind => type.Inherited.Contains(line.Replace("override ", kind, StringComparison.Ordinal))));
}
