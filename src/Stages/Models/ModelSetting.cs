namespace Pipeline.Stages.Models;

/// <summary>The value of the one setting in which the members of a family differ.</summary>
/// <param name="Name">The setting's name in the study, such as <c>components</c> or <c>lambda</c>; of a grid the rest of the place, too,
/// such as <c>lambda at width 4</c>.</param>
/// <param name="Value">Its value.</param>
public readonly record struct ModelSetting(string Name, double Value)
{
    /// <summary>The word with which the names of settings begin that are numbers of components.</summary>
    private const string Components = "components";

    /// <summary>Whether the value is a number of components, whatever the rest of the place.</summary>
    public bool IsOfComponents => Name == Components || Name.StartsWith(Components + " ", StringComparison.Ordinal);
}
