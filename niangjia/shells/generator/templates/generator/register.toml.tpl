# For every field of this room: what it is for, on what ground, how long it is kept.

[bases.@code@_service]
zh = "工会法:为会员提供服务"
en = "Trade Union Law: service for members"

[retentions.@code@_closed]
zh = "办结后 3 年"
en = "3 years after it is closed"

[[entry]]
fields = ["@code@.Request.*"]
kind = "personal"
purpose = { zh = "办理@label@申请", en = "to answer requests" }
basis = "@code@_service"
retention = "@code@_closed"
