"""Labels of lists and ranks in English and Chinese; `forecasts.words` reads them with its own."""

from __future__ import annotations

from collections.abc import Mapping

STANDING: Mapping[str, tuple[str, str]] = {
    # lists
    "next_list": ("next list", "下期项目名单"),
    "next_lists": ("next list: how many can be listed", "下期名单:可列入项目数"),
    "next_list_title": (
        "next list {list}: P(through by the event of {event})", "下期名单 {list}:{event} 前达标概率",
    ),
    "next_list_left_out": (
        "list {list} is left out of the next lists: the scenario does not say `{needs}`",
        "期批 {list} 未列入下期名单:情景未写明 `{needs}`",
    ),
    "list": ("list", "期批"),
    "event": ("event", "集中活动日期"),
    "candidates": ("candidates", "备选项目数"),
    "size": ("size", "名额"),
    "expected": ("expected", "预计达标"),
    "confidence": ("confidence", "把握"),
    "each": ("so sure on their own", "单个概率达到的项目数"),
    "whole": ("first so many, all of them", "前几名全部达标"),
    "promise": ("so many of all", "全部备选中可承诺数"),
    "of_size": ("so many of the listed", "名单内可承诺数"),
    "place": ("place", "排序"),
    "chance": ("P(by the event)", "按期达标概率"),
    "all_so_far": ("P(this and all before)", "前列项目全部达标概率"),
    "chain": ("from start list to production list", "开工名单转投产名单"),
    "from": ("start list", "上期开工名单"),
    "from_size": ("on the start list", "开工名单项目数"),
    "turned_over": ("on both", "转入项目数"),
    "start_rate_of_signed_less_removed": ("start rate of signed, less removed", "签约项目开工率(剔除退出)"),
    "production_rate_of_started_less_removed": (
        "in production of started, less removed", "开工项目投产率(剔除退出)",
    ),
    "started_by_91d_of_open_cohorts": (
        "started by 91 days after signing, open cohorts", "签约91天内开工率(含未结期批)",
    ),
    "started_by_183d_of_open_cohorts": (
        "started by 183 days after signing, open cohorts", "签约183天内开工率(含未结期批)",
    ),
    # ranks
    "ranking": ("ranking", "县区排名"),
    "ranking_title": (
        "rank at {until}: 80 % of futures, median, and today", "{until} 排名:80%区间、中位数与当前名次",
    ),
    "ranking_indicators": ("indicators and weights", "指标与权重"),
    "known_rank": ("rank now", "当前名次"),
    "known_score": ("score now", "当前得分"),
    "score": ("score, mean", "平均得分"),
    "score_sd": ("its sd", "得分标准差"),
    "rank": ("rank", "名次"),
    "rank_mean": ("mean rank", "平均名次"),
    "rank_p10": ("rank p10", "名次p10"),
    "rank_p50": ("rank p50", "名次中位数"),
    "rank_p90": ("rank p90", "名次p90"),
    "p_first": ("P(first)", "第一概率"),
    "p_last": ("P(last)", "末位概率"),
    "unscored": ("without score", "无得分的比例"),
    "one_more_points": ("+1 start: points", "多开工一个:加分"),
    "one_more_places": ("+1 start: places", "多开工一个:上升名次"),
    "one_more_up": ("+1 start: P(up)", "多开工一个:上升概率"),
    "indicator": ("indicator", "指标"),
    "weight": ("weight", "权重"),
    "counted": ("counted", "统计口径"),
    "cases": ("projects", "项目数"),
    "area": ("area, mu", "面积(亩)"),
    "given": ("given", "外部给定"),
    "per": ("over", "除以"),
    "members": ("all its projects", "本单位项目总数"),
    "booked": ("booked before the year", "以前年度累计投资"),
    "constant": ("all equal", "各单位相同的概率"),
    "missing": ("no value", "缺值比例"),
    "method": ("method", "方法"),
    "extreme": ("extreme value: 100 (x - min) / (max - min)", "极值法:100 (x - min) / (max - min)"),
    "efficacy": ("efficacy: 60 + 40 (x - min) / (max - min)", "功效系数法:60 + 40 (x - min) / (max - min)"),
    "zscore": ("z-score: 50 + 10 (x - mean) / sd", "标准分:50 + 10 (x - 均值) / 标准差"),
}  # fmt: skip
