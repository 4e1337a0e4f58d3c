using System.Collections.Immutable;
using System.Globalization;
using Pipeline.Engine;

namespace Pipeline.Stages.Models.Trees.Forest;

/// <summary>Numbers of trees × depths, all of which one forest answers.</summary>
internal sealed class ForestSettings
{
    /// <summary>The depth that stands for none.</summary>
    public const int NoDepth = int.MaxValue;

    /// <summary>Most trees.</summary>
    public const int TreesMax = 5000;

    /// <summary>Largest depth that may be asked for.</summary>
    public const int DepthMax = 1000;

    /// <summary>Most numbers of trees, and most depths.</summary>
    public const int ChoicesMax = 20;

    private const string Trees = "trees";

    private readonly Dictionary<ModelSetting, (int Trees, int Depth)> _parameters = [];

    /// <summary>All pairs, from the shallowest and fewest.</summary>
    public ForestSettings(string name, ImmutableArray<int> trees, ImmutableArray<int> depths)
    {
        Require(name, "numbers of trees", trees, TreesMax);
        Require(name, "depths", [.. depths.Where(depth => depth != NoDepth).DefaultIfEmpty(1)], DepthMax);
        if (depths.Length is 0 or > ChoicesMax || depths.Distinct().Count() != depths.Length)
        {
            throw Refusal($"{name} takes 1 to {ChoicesMax} distinct depths, found {depths.Length}, or one of them twice.");
        }

        var all = ImmutableArray.CreateBuilder<ModelSetting>(trees.Length * depths.Length);
        foreach (int depth in depths.Order())
        {
            foreach (int count in trees.Order())
            {
                var setting = new ModelSetting(depth == NoDepth ? Trees : $"{Trees} at depth {depth}", count);
                all.Add(setting);
                _parameters.Add(setting, (count, depth));
            }
        }

        All = all.MoveToImmutable();
    }

    /// <summary>The settings.</summary>
    public ImmutableArray<ModelSetting> All { get; }

    /// <summary>Such as <c>200 trees, depth 15</c>.</summary>
    public string Describe(ModelSetting setting)
    {
        (int trees, int depth) = Of(setting);
        string deep = depth == NoDepth ? "" : string.Create(CultureInfo.InvariantCulture, $", depth {depth}");
        return string.Create(CultureInfo.InvariantCulture, $"{trees} tree{(trees == 1 ? "" : "s")}{deep}");
    }

    /// <summary>The numbers of a setting.</summary>
    public (int Trees, int Depth) Of(ModelSetting setting) =>
        _parameters.TryGetValue(setting, out (int, int) parameters)
            ? parameters
            : throw new ArgumentException($"This forest has no setting {setting.Name} = {setting.Value}.", nameof(setting));

    private static void Require(string name, string what, ImmutableArray<int> values, int max)
    {
        if (values.IsDefaultOrEmpty || values.Length > ChoicesMax || values.Distinct().Count() != values.Length)
        {
            throw Refusal($"{name} takes 1 to {ChoicesMax} distinct {what}, found {(values.IsDefault ? 0 : values.Length)}, or one of them twice.");
        }

        foreach (int value in values)
        {
            if (value < 1 || value > max)
            {
                throw Refusal($"{name} takes {what} from 1 to {max}, found {value}.");
            }
        }
    }

    private static StageException Refusal(string message) => new(FailureKind.InvalidRequest, message);
}
